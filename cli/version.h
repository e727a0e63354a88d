/** `ana --version`. */
#ifndef CLI_VERSION_H
#define CLI_VERSION_H

/** Version, build, and the versions of the libraries underneath. */
void version_print(void);

#endif
