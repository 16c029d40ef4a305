/* Any data for one of a few programs: JSON, then after a byte 0 the CSV or NPY file that it names as "f". Whatever is
 * taken in fits the program: it runs on the ideal box, and results are written. */
#include "runtime/source.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { AS_ONE = 1 << 7 }; /* of the first byte: the text is party a's object, else it is by party */

static const char *const programs[] = {
    "party a[n]\ninput x from a : int 0..1_000\ninput b from a : bool\noutput y to a : int\n"
    "output s to all : int\nx b int + reveal y  x sum reveal s\n",
    "party a\nparty c\nparam rows\ninput x from a : fix[rows 2] -8..8\ninput b from c : "
    "bool[rows]\n"
    "output y to c : fix[rows 2]\noutput s to all : fix\nx reveal y  x total b count + reveal s\n",
    "party a\nparty c\nparam n\nparam m\ninput k from a : key[n]\ninput x from c : key[m]\n"
    "output y to all : bool[n]\nk x member reveal y\n",
    "party a\ninput x from a : int[..9] -5..5\noutput y to a : int\nx sum reveal y\n",
};

static char folder[] = "/tmp/fuzz-data-XXXXXX/", file[sizeof folder + 1];

static void remove_folder(void)
{
    unlink(file);
    rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char *end = strrchr(folder, '/');

    (void)argc, (void)argv;
    *end = '\0';
    if (!mkdtemp(folder)) abort();
    *end = '/';
    snprintf(file, sizeof file, "%sf", folder);
    atexit(remove_folder);
    return 0;
}

static void write_file(slice bytes)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (fd < 0 || write(fd, bytes.data, bytes.len) != (ssize_t)bytes.len) abort();
    close(fd);
}

static void run(const program *p, run_data *d)
{
    failure err = {0};
    abb *box = ideal_new(p);
    buffer text = {0};

    for (uint32_t k = 0; k < p->inputs; k++)
        for (uint32_t m = 0; m < p->party[p->input[k].party].size; m++)
            if (!d->input[k][m].v) goto done; /* another's, or left out */
    if (interp_run(p, box, d, &err)) abort();
    outputs_json(p, d, &text);
done:
    buffer_free(&text);
    ideal_free(box);
}

static void use(const loaded *l)
{
    failure err = {0};
    buffer told = {0};
    run_data *d = run_data_new(l->program);

    if (!data_fill(l->data, l->program, d, &err)) {
        for (uint32_t k = 0; k < l->program->parties; k++)
            for (uint32_t m = 0; m < l->program->party[k].size; m++)
                data_describe(l->data, l->program, d, k, m, &told);
        run(l->program, d);
    } else if (!err.text[0]) {
        abort();
    }
    buffer_free(&told);
    run_data_free(d, l->program);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) return -1;
    const char *source = programs[(data[0] & ~AS_ONE) % (sizeof programs / sizeof programs[0])];
    const uint8_t *json = data + 1, *end = data + size, *cut = memchr(json, 0, size - 1);
    load_request req = {
        .source = {.file = "fuzz.moot", .source = {(const uint8_t *)source, strlen(source)}},
        .json = {json, (size_t)((cut ? cut : end) - json)},
        .data_file = "fuzz.json",
        .folder = folder,
        .as = data[0] & AS_ONE ? "a" : NULL};
    loaded l = {0};
    failure err = {0};
    status st;

    write_file(cut ? (slice){cut + 1, (size_t)(end - cut - 1)} : (slice){0});
    if (!(st = load(&l, &req, &err)))
        use(&l);
    else if (st == E_BUG || (st != E_PROGRAM && !err.text[0]))
        abort();
    loaded_free(&l);
    return 0;
}
