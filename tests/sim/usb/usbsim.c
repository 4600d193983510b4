/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a program on a simulated USB bus.
 *
 *   usbsim [-r TTY] [-d MODEL[:SERIAL]]... [-c SOCKET] -- PROGRAM [ARGUMENT]...
 *
 * MODEL is a bridge's name.  With -r the lines that reach the devices named after it are answered
 * by who is behind TTY (`upssim --pty TTY`), else by a few constant replies.  The program's exit
 * status is ours.  It, or anybody, may give commands over the Unix socket (USBSIM_CONTROL in the
 * program's environment), a line each; the answer is "ok [VALUE]" or "error TEXT":
 *
 *   add MODEL [SERIAL]   plugs in one more device; its number is the answer (they count from 0)
 *   unplug N             pulls it out
 *   plug N [PORT]        back in at a new address, at another port of the hub if given
 *   serial N SERIAL      what the device says from its next plug on
 *   set N FAULT VALUE    faults of usbdev.h, kernel-driver, foreign, quiet, stuck
 *   get N COUNTER        lines, resets, clears, last, detached, attached, driver
 *   pid                  the program's process
 *
 * The program does not outlive its bus.
 */
#include "usbbus.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PORTS = 64, FIRST_ADDRESS = 2 };

static struct {
    UMockdevTestbed *bed;
    GMainLoop *loop;
    struct usbport ports[PORTS];
    int count, next_address, status;
    pid_t program;
    int relays[PORTS], relay_count; /* descriptors of -r, the last one counts */
    char socket_path[108];
} sim = {.next_address = FIRST_ADDRESS};

static int64_t sim_now(void *arg)
{
    (void)arg;
    return g_get_monotonic_time() / 1000;
}

static int add_device(const char *model_name, const char *serial)
{
    const struct usbdev_model *model = usbdev_model_find(model_name);

    if (!model || sim.count == PORTS)
        return -1;
    struct usbport *p = &sim.ports[sim.count];
    g_mutex_init(&p->mutex);
    p->number = sim.count + 1;
    if (serial)
        snprintf(p->serial, sizeof p->serial, "%s", serial);
    usbdev_init(&p->dev, model, serial ? p->serial : NULL);
    p->dev.now_ms = sim_now;
    if (sim.relay_count > 0) {
        p->dev.line = usbrelay_line;
        p->dev.line_arg = &sim.relays[sim.relay_count - 1];
    }
    usbbus_plug(sim.bed, p, sim.next_address++);
    return sim.count++;
}

/* -- commands ---------------------------------------------------------------------------------- */

static bool set_number(struct usbport *p, const char *name, unsigned value)
{
    const struct {
        const char *name;
        bool *value;
    } flags[] = {{"foreign", &p->foreign},
                 {"quiet", &p->quiet},
                 {"stuck", &p->stuck},
                 {"kernel-driver", &p->kernel_driver}};

    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (strcmp(name, flags[i].name) == 0) {
            *flags[i].value = value != 0;
            return true;
        }
    return usbdev_set(&p->dev, name, value);
}

static char *get_value(const struct usbport *p, const char *name)
{
    const struct {
        const char *name;
        unsigned value;
    } counters[] = {
        {"detached", p->detached}, {"attached", p->attached}, {"driver", p->kernel_driver}};
    unsigned value;

    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        if (strcmp(name, counters[i].name) == 0)
            return g_strdup_printf("ok %u", counters[i].value);
    if (strcmp(name, "last") == 0)
        return g_strdup_printf("ok %.*s", (int)(p->dev.last_len ? p->dev.last_len - 1 : 0),
                               (const char *)p->dev.last);
    return usbdev_get(&p->dev, name, &value) ? g_strdup_printf("ok %u", value)
                                             : g_strdup("error no such value");
}

static void rename_device(struct usbport *p, const char *serial)
{
    snprintf(p->serial, sizeof p->serial, "%s", serial);
    p->dev.text[2] = p->serial;
}

static void plug_at(struct usbport *p, const char *port)
{
    if (port)
        p->number = (int)strtoul(port, NULL, 10);
    usbbus_plug(sim.bed, p, sim.next_address++);
}

static char *on_port(struct usbport *p, char **word, guint words)
{
    if (strcmp(word[0], "unplug") == 0 && p->plugged)
        usbbus_unplug(sim.bed, p);
    else if (strcmp(word[0], "plug") == 0 && !p->plugged)
        plug_at(p, words > 2 ? word[2] : NULL);
    else if (strcmp(word[0], "serial") == 0 && words == 3)
        rename_device(p, word[2]);
    else if (strcmp(word[0], "get") == 0 && words == 3)
        return get_value(p, word[2]);
    else if (strcmp(word[0], "set") != 0 || words != 4)
        return g_strdup("error no such command");
    else {
        g_mutex_lock(&p->mutex);
        bool known = set_number(p, word[2], (unsigned)strtoul(word[3], NULL, 0));
        g_mutex_unlock(&p->mutex);
        if (!known)
            return g_strdup("error no such fault");
    }
    return g_strdup("ok");
}

static char *obey(char *line)
{
    char **word = g_strsplit(g_strstrip(line), " ", 4), *answer;
    guint words = g_strv_length(word);

    if (words >= 2 && strcmp(word[0], "add") == 0) {
        int n = add_device(word[1], words > 2 ? word[2] : NULL);
        answer = n < 0 ? g_strdup("error no such model") : g_strdup_printf("ok %d", n);
    } else if (words == 1 && strcmp(word[0], "pid") == 0) {
        answer = g_strdup_printf("ok %d", (int)sim.program);
    } else {
        unsigned long n = words >= 2 ? strtoul(word[1], NULL, 10) : PORTS;
        answer = n < (unsigned long)sim.count ? on_port(&sim.ports[n], word, words)
                                              : g_strdup("error no such device");
    }
    g_strfreev(word);
    return answer;
}

static gboolean on_client(GIOChannel *channel, GIOCondition condition, gpointer arg)
{
    char line[256];

    (void)condition;
    (void)arg;
    ssize_t n = read(g_io_channel_unix_get_fd(channel), line, sizeof line - 1);
    if (n <= 0)
        return G_SOURCE_REMOVE;
    line[n] = '\0';
    char *answer = obey(line), *text = g_strconcat(answer, "\n", NULL);
    if (write(g_io_channel_unix_get_fd(channel), text, strlen(text)) < 0)
        perror("usbsim: answering");
    g_free(text);
    g_free(answer);
    return G_SOURCE_CONTINUE;
}

static GIOChannel *watch(int fd, GIOFunc func)
{
    GIOChannel *channel = g_io_channel_unix_new(fd);

    g_io_channel_set_close_on_unref(channel, TRUE);
    g_io_add_watch(channel, G_IO_IN | G_IO_HUP, func, NULL);
    g_io_channel_unref(channel); /* the watch keeps it */
    return channel;
}

static gboolean on_connection(GIOChannel *channel, GIOCondition condition, gpointer arg)
{
    int fd = accept4(g_io_channel_unix_get_fd(channel), NULL, NULL, SOCK_CLOEXEC);

    (void)condition;
    (void)arg;
    if (fd >= 0)
        watch(fd, on_client);
    return G_SOURCE_CONTINUE;
}

static bool listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 4)) {
        fprintf(stderr, "usbsim: %s: %s\n", path, strerror(errno));
        return false;
    }
    snprintf(sim.socket_path, sizeof sim.socket_path, "%s", path);
    setenv("USBSIM_CONTROL", path, 1);
    watch(fd, on_connection);
    return true;
}

/* -- the program ------------------------------------------------------------------------------- */

static void on_end(GPid pid, gint status, gpointer arg)
{
    (void)pid;
    (void)arg;
    sim.status = status;
    g_main_loop_quit(sim.loop);
}

static int run_program(char **argv)
{
    pid_t bus = getpid();

    sim.program = fork();
    if (sim.program == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != bus)
            _exit(127);
        const char *tsan = getenv("USBSIM_TSAN_OPTIONS");
        setenv("TSAN_OPTIONS", tsan ? tsan : "", 1); /* ours are for this program */
        setenv("ASAN_OPTIONS", "verify_asan_link_order=0:fast_unwind_on_malloc=0", 1);
        execvp(argv[0], argv);
        fprintf(stderr, "usbsim: %s: %s\n", argv[0], strerror(errno));
        _exit(127);
    }
    sim.loop = g_main_loop_new(NULL, FALSE);
    g_child_watch_add(sim.program, on_end, NULL);
    g_main_loop_run(sim.loop);
    g_main_loop_unref(sim.loop);
    return WIFEXITED(sim.status) ? WEXITSTATUS(sim.status) : 128 + WTERMSIG(sim.status);
}

/* Events are built through libudev, so this process needs the preload as well as its child. */
static void preload(char **argv)
{
    const char *now = getenv("LD_PRELOAD");

    if (now && strstr(now, "umockdev"))
        return;
    setenv("LD_PRELOAD", "libumockdev-preload.so.0", 1);
    setenv("TMPDIR", "/tmp", 1); /* the test bed's sockets need a short path */
    execv("/proc/self/exe", argv);
    perror("usbsim: execv");
    exit(126);
}

/* MODEL[:SERIAL] of the command line. */
static bool add_named(char *name)
{
    char *serial = strchr(name, ':');

    if (serial)
        *serial++ = '\0';
    if (add_device(name, serial) >= 0)
        return true;
    fprintf(stderr, "usbsim: no model %s\n", name);
    return false;
}

static bool add_relay(const char *path)
{
    int fd = sim.relay_count < PORTS ? usbrelay_open(path) : -1;

    if (fd >= 0) {
        sim.relays[sim.relay_count++] = fd;
        return true;
    }
    fprintf(stderr, "usbsim: %s: %s\n", path, strerror(errno));
    return false;
}

int main(int argc, char **argv)
{
    char path[64];
    int option, status = 2;
    bool good = true;

    preload(argv);
    sim.bed = usbbus_new();
    snprintf(path, sizeof path, "/tmp/usbsim-%d", (int)getpid());
    while ((option = getopt(argc, argv, "+c:d:r:")) != -1) {
        if (option == 'c') {
            snprintf(path, sizeof path, "%s", optarg);
        } else if (option == 'd') {
            good &= add_named(optarg);
        } else if (option == 'r') {
            good &= add_relay(optarg);
        } else {
            good = false;
        }
    }
    if (good && optind < argc && listen_at(path)) {
        status = run_program(argv + optind);
        (void)unlink(sim.socket_path);
    }
    for (int i = 0; i < sim.count; i++)
        if (sim.ports[i].plugged)
            usbbus_unplug(sim.bed, &sim.ports[i]);
    g_object_unref(sim.bed);
    return status;
}
