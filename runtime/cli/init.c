/* moot init NAME: a folder with a small program, sample data and a test, ready to run. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/cli/cli.h"
#include "runtime/json.h"

enum { NAME_LENGTH_MAX = 60, PATH_LENGTH = 3 * NAME_LENGTH_MAX };

static const char sample_program[] =
    "# Average salary. No single salary is ever seen by anyone else.\n"
    "\n"
    "party  employee[n]\n"
    "input  salary  from employee : int 0..1_000_000\n"
    "output average to   all      : fix\n"
    "\n"
    "salary mean  reveal average\n"
    "\n"
    "test \"the mean of three\" salary = { 3000 4000 5000 } expect average = 4000 ;\n";

static const char sample_data[] = "{\n"
                                  "  \"employee\": [\n"
                                  "    {\"salary\": 52000},\n"
                                  "    {\"salary\": 61500},\n"
                                  "    {\"salary\": 48250}\n"
                                  "  ]\n"
                                  "}\n";

static status check_name(const char *name, failure *err)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_");
    if (len == strlen(name) && len > 0 && len <= NAME_LENGTH_MAX && name[0] >= 'a' && name[0] <= 'z')
        return OK;
    return fail(err, E_USAGE, "",
                "`%.80s` is no name for a project: lower-case letters, digits and -", name);
}

static status write_text(const char *path, const char *text, failure *err)
{
    FILE *out = fopen(path, "wx");
    bool done = out && fputs(text, out) >= 0;
    if (out && fclose(out)) done = false;
    return done ? OK : fail(err, E_USAGE, "", "%s cannot be written: %s", path, strerror(errno));
}

static status make_project(const char *name, const char *program_path, const char *data_path,
                           failure *err)
{
    status st;
    if (mkdir(name, 0777))
        return fail(err, E_USAGE, "", "%s cannot be made: %s", name, strerror(errno));
    if ((st = write_text(program_path, sample_program, err)) == OK &&
        (st = write_text(data_path, sample_data, err)) == OK)
        return OK;
    remove(program_path); /* the folder is ours: all or nothing */
    remove(data_path);
    rmdir(name);
    return st;
}

int command_init(const arguments *args)
{
    const char *name = args->operand[0];
    char program_path[PATH_LENGTH], data_path[PATH_LENGTH];
    failure err = {0};
    buffer text = {0};

    if (check_name(name, &err)) return cli_fail(&err);
    snprintf(program_path, sizeof program_path, "%s/%s.moot", name, name);
    snprintf(data_path, sizeof data_path, "%s/%s.json", name, name);
    if (make_project(name, program_path, data_path, &err)) return cli_fail(&err);
    if (args->json) {
        buffer_printf(&text, "{\"schema\":\"moot.init/1\",\"files\":[\"%s\",\"%s\"]}\n",
                      program_path, data_path);
    } else {
        buffer_printf(&text, "%s   the program\n%s   sample data\n\n", program_path, data_path);
        buffer_printf(&text, "moot run %s\nmoot test %s\nmoot explain %s\n", program_path,
                      program_path, program_path);
    }
    return cli_print(&text);
}
