/* Replaced by the first module of this folder. */
typedef int ana_empty_folder;
