/* The terminal of `moot trace`: raw keys in, the view out, and the terminal put back whatever happens. */
#include "runtime/cli/screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

enum { ESCAPE_WAIT_MS = 50, ROWS = 24, COLUMNS = 80, SOURCE_ROWS = 5, LINE_INPUT = 40 };

static const char keys[] =
    "-> next  <- previous  o over  g goto  b break  w watch  c continue  r reverse  h help  q quit";

/* What a key was: a byte, or one of these. */
enum {
    KEY_NONE = 256,
    KEY_RESIZED,
    KEY_RIGHT,
    KEY_LEFT,
    KEY_UP,
    KEY_DOWN,
    KEY_HOME,
    KEY_END,
    KEY_SIGNAL
};
enum { CONTROL_C = 3, CONTROL_D = 4, BACKSPACE = 8, ESCAPE = 27, DELETE = 127 };

typedef struct screen {
    view *v;
    walk *w;
    struct termios before;
    sigset_t signals_before;
    int signals; /* a signalfd */
    int ended_by;
    char message[256]; /* in the last line, in place of the keys */
} screen;

bool screen_possible(void)
{
    const char *term = getenv("TERM");
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && *term &&
           strcmp(term, "dumb") != 0;
}

/* --- the terminal */

static bool put(const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(STDOUT_FILENO, text, len);
        if (n < 0 && errno != EINTR) return false;
        if (n > 0) text += n, len -= (size_t)n;
    }
    return true;
}

static bool put_text(const char *text)
{
    return put(text, strlen(text));
}

/* Signals come through a descriptor, so that the terminal is put back in the ordinary course of things. */
static bool take_signals(screen *s)
{
    sigset_t mine;
    sigemptyset(&mine);
    sigaddset(&mine, SIGWINCH);
    sigaddset(&mine, SIGINT);
    sigaddset(&mine, SIGTERM);
    sigaddset(&mine, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &mine, &s->signals_before)) return false;
    s->signals = signalfd(-1, &mine, SFD_CLOEXEC);
    if (s->signals >= 0) return true;
    sigprocmask(SIG_SETMASK, &s->signals_before, NULL);
    return false;
}

static bool enter(screen *s)
{
    if (tcgetattr(STDIN_FILENO, &s->before) || !take_signals(s)) return false;
    struct termios raw = s->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
    raw.c_cc[VMIN] = 1, raw.c_cc[VTIME] = 0;
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) == 0 && put_text("\033[?1049h\033[?25l"))
        return true;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &s->before);
    close(s->signals);
    sigprocmask(SIG_SETMASK, &s->signals_before, NULL);
    return false;
}

static void leave(screen *s)
{
    put_text("\033[?25h\033[?1049l");
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &s->before);
    close(s->signals);
    sigprocmask(SIG_SETMASK, &s->signals_before, NULL);
}

static struct winsize size_now(void)
{
    struct winsize size = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row || !size.ws_col)
        size.ws_row = ROWS, size.ws_col = COLUMNS;
    return size;
}

/* --- keys */

/* The next byte within so many milliseconds (-1: for ever), or a KEY_. */
static int read_byte(screen *s, int wait_ms)
{
    struct pollfd from[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                            {.fd = s->signals, .events = POLLIN}};
    uint8_t byte;
    struct signalfd_siginfo info;

    for (;;) {
        int ready = poll(from, 2, wait_ms);
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) return KEY_NONE;
        if (from[1].revents && read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
            if (info.ssi_signo == SIGWINCH) return KEY_RESIZED;
            s->ended_by = (int)info.ssi_signo;
            return KEY_SIGNAL;
        }
        ssize_t n = read(STDIN_FILENO, &byte, 1);
        if (n == 1) return byte;
        if (n == 0 || errno != EINTR) return CONTROL_D;
    }
}

/* An escape sequence of one of the keys that mean something here: ESC [ C, ESC O C, ESC [ 1 ~, … */
static int read_escape(screen *s)
{
    static const struct {
        char last;
        int key;
    } known[] = {{'A', KEY_UP},   {'B', KEY_DOWN}, {'C', KEY_RIGHT},
                 {'D', KEY_LEFT}, {'H', KEY_HOME}, {'F', KEY_END}};
    int byte = read_byte(s, ESCAPE_WAIT_MS), number = 0;

    if (byte != '[' && byte != 'O') return KEY_NONE;
    while ((byte = read_byte(s, ESCAPE_WAIT_MS)) >= '0' && byte <= '9') number = byte;
    if (byte == '~') return number == '1' ? KEY_HOME : number == '4' ? KEY_END : KEY_NONE;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (byte == known[k].last) return known[k].key;
    return KEY_NONE;
}

static int read_key(screen *s)
{
    int byte = read_byte(s, -1);
    return byte == ESCAPE ? read_escape(s) : byte;
}

/* --- drawing */

/* As many of the lines as there is room for. */
static size_t fit(const buffer *text, unsigned rows)
{
    const char *at = (const char *)text->data;
    for (size_t k = 0; k < text->len; k++)
        if (at[k] == '\n' && --rows == 0) return k + 1;
    return text->len;
}

static bool draw(screen *s, void (*what)(screen *s, buffer *out))
{
    const struct winsize size = size_now();
    buffer out = {0}, body = {0};
    s->v->width = size.ws_col;
    what(s, &body);
    buffer_printf(&out, "\033[H\033[J");
    buffer_append(&out, body.data, fit(&body, size.ws_row > 1 ? size.ws_row - 1u : 1u));
    buffer_printf(&out, "\033[%u;1H\033[7m %.*s \033[0m", size.ws_row, size.ws_col - 2,
                  s->message[0] ? s->message : keys);
    bool good = !out.failed && !body.failed && put((const char *)out.data, out.len);
    buffer_free(&out), buffer_free(&body);
    return good;
}

static void draw_here(screen *s, buffer *out)
{
    const unsigned rows = size_now().ws_row;
    view_note(s->v, out);
    view_here(s->v, s->w, rows > ROWS ? SOURCE_ROWS : SOURCE_ROWS / 2, out);
}

static void draw_help(screen *s, buffer *out)
{
    (void)s;
    buffer_printf(out, "The keys are the first letters of:\n\n");
    walk_help(out);
    buffer_printf(out, "\nArrows, space and enter move too.\n");
}

/* --- commands */

/* Reads a line number, or a name, into text; false when the user thinks better of it. */
static bool ask(screen *s, const char *question, bool name, char text[LINE_INPUT])
{
    size_t len = 0;
    for (;;) {
        text[len] = 0;
        snprintf(s->message, sizeof s->message, "%s %s_", question, text);
        if (!draw(s, draw_here)) return false;
        int key = read_key(s);
        const bool fits = name ? key > ' ' && key < DELETE : key >= '0' && key <= '9';
        if (fits && len + 1 < LINE_INPUT) text[len++] = (char)key;
        if ((key == BACKSPACE || key == DELETE) && len > 0) len--;
        if (key == '\r' || key == '\n') return true;
        if (key == CONTROL_C || key == CONTROL_D || key == KEY_SIGNAL || key == KEY_NONE)
            return false;
    }
}

static const char *command_of(int key)
{
    switch (key) {
    case KEY_RIGHT:
    case KEY_DOWN:
    case ' ':
    case '\r':
    case '\n': return "next";
    case KEY_LEFT:
    case KEY_UP:
    case BACKSPACE:
    case DELETE: return "previous";
    case KEY_HOME: return "first";
    case KEY_END: return "last";
    case '?': return "help";
    case CONTROL_C:
    case CONTROL_D: return "quit";
    default: return NULL;
    }
}

/* `goto` and `break` ask for a line, `watch` for a name; without an answer `break` takes this line. */
static walk_result obey_asked(screen *s, const char *name, failure *why)
{
    char number[LINE_INPUT], command[2 * LINE_INPUT];
    const word_step *here = walk_step(s->w);

    if (!ask(s, name, !strcmp(name, "watch"), number)) return WALK_MOVED;
    if (!number[0] && !strcmp(name, "break") && here)
        snprintf(number, sizeof number, "%u", here->at.line);
    if (!number[0]) return WALK_MOVED;
    snprintf(command, sizeof command, "%s %s", name, number);
    return walk_obey(s->w, command, why);
}

static walk_result obey_key(screen *s, int key, failure *why)
{
    const char letter[] = {(char)key, 0};
    if (key == KEY_NONE || key == KEY_RESIZED) return WALK_MOVED;
    if (key == 'g') return obey_asked(s, "goto", why);
    if (key == 'b') return obey_asked(s, "break", why);
    if (key == 'w') return obey_asked(s, "watch", why);
    if (command_of(key)) return walk_obey(s->w, command_of(key), why);
    return key > ' ' && key < DELETE ? walk_obey(s->w, letter, why) : WALK_MOVED;
}

int screen_run(view *v, walk *w, const char *last)
{
    screen s = {.v = v, .w = w};
    walk_result did = WALK_MOVED;
    bool good = true;

    if (last) snprintf(s.message, sizeof s.message, "%s", last);
    if (!enter(&s)) return -1;
    while (good && did != WALK_QUIT && !s.ended_by) {
        failure why = {0};
        good = draw(&s, did == WALK_HELP ? draw_help : draw_here);
        int key = good ? read_key(&s) : KEY_NONE;
        s.message[0] = 0;
        did = did == WALK_HELP ? WALK_MOVED : obey_key(&s, key, &why);
        if (did == WALK_UNKNOWN)
            snprintf(s.message, sizeof s.message, "%.200s", why.text);
        else
            s.message[0] = 0;
    }
    leave(&s);
    return good ? s.ended_by : -1;
}
