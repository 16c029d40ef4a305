/* A folder with one file for each test of a suite that reads data from files. */
#ifndef TESTS_DATA_FOLDER_H
#define TESTS_DATA_FOLDER_H

#include <unistd.h>

#include "data_load.h"

static char folder[] = "/tmp/moot-data-XXXXXX";
static char in_folder[64], file[80];

static inline void make_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
    snprintf(in_folder, sizeof in_folder, "%s/", folder);
    snprintf(file, sizeof file, "%s/f", folder);
}

static inline void remove_folder(void)
{
    unlink(file);
    rmdir(folder);
}

static inline void write_file(const void *bytes, size_t len)
{
    FILE *out = fopen(file, "wb");
    cr_assert(out && fwrite(bytes, 1, len, out) == len && fclose(out) == 0);
}

#endif
