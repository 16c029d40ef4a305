/* The line from source text to a verified program. */
#include "runtime/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

status read_stream(FILE *in, const char *name, buffer *out, failure *err)
{
    uint8_t chunk[65536];
    size_t n;

    setvbuf(in, NULL, _IONBF, 0); /* of what it holds, stdio cleanses nothing */
    while ((n = fread(chunk, 1, sizeof chunk, in)) > 0) buffer_append(out, chunk, n);
    explicit_bzero(chunk, sizeof chunk);
    if (ferror(in)) return fail(err, E_USAGE, "", "%s cannot be read", name);
    return out->failed ? fail_memory(err) : OK;
}

status read_file(const char *path, buffer *out, failure *err)
{
    struct stat about;

    FILE *in = fopen(path, "rb");
    if (!in) return fail(err, E_USAGE, "", "%s cannot be read: %s", path, strerror(errno));
    if (fstat(fileno(in), &about) == 0 && S_ISDIR(about.st_mode)) {
        fclose(in);
        return fail(err, E_USAGE, "", "%s is a folder", path);
    }
    status st = read_stream(in, path, out, err);
    fclose(in);
    return st;
}

char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strndup(path, slash ? (size_t)(slash - path) + 1 : 0);
}

status read_beside(void *program_path, const char *path, buffer *out, failure *err)
{
    buffer joined = {0};
    char *folder = folder_of(program_path);

    if (!folder) return fail_memory(err);
    buffer_printf(&joined, "%s%s", path[0] == '/' ? "" : folder, path);
    free(folder);
    char *full = buffer_take(&joined);
    if (!full) return fail_memory(err);
    status st = read_file(full, out, err);
    free(full);
    return st;
}

status compile_verified(const compile_request *req, program **out, report *rep, buffer *code,
                        failure *err)
{
    program *p = NULL;
    buffer bytes = {0};
    status st = compile(req, &p, rep, err);

    if (st == OK) program_encode(p, &bytes);
    if (st == OK && bytes.failed) st = fail_memory(err);
    if (st == OK) st = program_load(out, (slice){bytes.data, bytes.len}, err);
    program_free(p);
    if (code && st == OK)
        *code = bytes;
    else
        buffer_free(&bytes);
    return st;
}

status check_source(const compile_request *req, report *rep, failure *err)
{
    compile_request symbolic = *req;
    program *p = NULL;
    status st = compile(req, &p, rep, err);

    program_free(p);
    if (st != E_USAGE) return st;
    report_free(rep); /* a size without a value, or a setting that is unknown either way */
    *rep = (report){0};
    symbolic.symbolic = true;
    return compile(&symbolic, &p, rep, err);
}

/* Parses the data and adds the sizes they fix to the settings of *source. */
static status read_data(loaded *out, const load_request *req, compile_request *source, failure *err)
{
    status st =
        data_parse(&out->data, req->json, req->data_file, req->folder, req->as, &out->header, err);
    if (st) return st;
    return data_sizes(out->data, &out->header, source->set, source->sets, &source->set,
                      &source->sets, err);
}

/* When both the data and the program are wrong, the program comes first: the data may suit the right one. */
static status load_data(loaded *out, const load_request *req, compile_request *source, failure *err)
{
    failure of_program = {0};
    status st;

    if (!req->json.data || !(st = read_data(out, req, source, err))) return OK;
    if (st != E_DATA) return st;
    if (check_source(&req->source, &out->report, &of_program) != E_PROGRAM) return st;
    *err = of_program;
    return E_PROGRAM;
}

status load_checked(loaded *out, const load_request *req, failure *err)
{
    compile_request source = req->source;
    status st;

    if ((st = scan(&source, &out->header, err))) return st;
    if ((st = load_data(out, req, &source, err))) return st;
    return check_source(&source, &out->report, err);
}

status load(loaded *out, const load_request *req, failure *err)
{
    compile_request source = req->source;
    status st;

    if ((st = scan(&source, &out->header, err))) return st;
    if ((st = load_data(out, req, &source, err))) return st;
    return compile_verified(&source, &out->program, &out->report, &out->code, err);
}

const report *loaded_findings(const loaded *l)
{
    return l->header.errors ? &l->header : &l->report;
}

void loaded_free(loaded *l)
{
    data_free(l->data);
    program_free(l->program);
    buffer_free(&l->code);
    report_free(&l->header);
    report_free(&l->report);
    *l = (loaded){0};
}
