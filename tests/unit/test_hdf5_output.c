/* The driver that HDF5 writes through. */
#include "hdf5_output.h"
#include "support/check.h"
#include "support/scratch.h"

#include <fcntl.h>
#include <unistd.h>

/* HDF5 lets go of a driver before it calls it to close a file. */
static void the_driver_is_held_until_its_file_is_closed(void **state)
{
    (void)state;
    const char *path = scratch("driver.h5");
    ana_hdf5_output output = {.driver = -1};
    output.descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);
    assert_true(output.descriptor >= 0);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    assert_true(ana_hdf5_output_use(access, &output) >= 0);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    assert_true(file >= 0);
    H5Pclose(access);
    assert_true(H5Iis_valid(output.driver) > 0);
    assert_true(H5Fclose(file) >= 0);
    const hid_t driver = output.driver;
    assert_true(H5Iis_valid(driver) > 0);
    ana_hdf5_output_release(&output);
    assert_true(H5Iis_valid(driver) == 0);
    ana_hdf5_output_release(&output);
    assert_int_equal(output.error, 0);
    close(output.descriptor);
    file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file >= 0);
    H5Fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_driver_is_held_until_its_file_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
