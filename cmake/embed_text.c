/* Turns a text file into a C string literal, a line a line, to be included where a string stands:
 *
 *   usage: embed_text FILE FILE.def */
#include <stdio.h>

static void put(FILE *out, int c)
{
    if (c == '"' || c == '\\')
        fprintf(out, "\\%c", c);
    else if (c == '\n')
        fputs("\\n\"\n\"", out);
    else if (c < ' ' || c > '~')
        fprintf(out, "\\%03o", (unsigned)c);
    else
        fputc(c, out);
}

int main(int argc, char **argv)
{
    if (argc != 3) return fputs("usage: embed_text FILE FILE.def\n", stderr), 2;
    FILE *in = fopen(argv[1], "rb");
    if (!in) return perror(argv[1]), 1;
    FILE *out = fopen(argv[2], "wb");
    if (!out) return perror(argv[2]), 1;
    fputc('"', out);
    for (int c; (c = fgetc(in)) != EOF;) put(out, c);
    fputs("\"\n", out);
    int failed = ferror(in);
    fclose(in);
    return fclose(out) || failed;
}
