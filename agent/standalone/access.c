/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom the agent answers, where that is written, and what the library has to say.
 *
 * The library reads two files: conf_file, and the persistent file that it writes itself (localized
 * keys, engine ID, boots).  The search path is empty and SNMPCONFPATH unset, so the persistent
 * directory is always searched, and no snmp.conf or snmpd.conf of the host is.  conf_file is read
 * after it: a createUser line there wins over what an earlier run has stored for the same user.
 */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "../../drivers/log.h"
#include "../../drivers/ups.h"
#include "engine.h"

/* Lines of the library that say nothing of use, or that we say better. */
static bool unwanted(const char *text)
{
    static const char *const starts[] = {
        "Warning: no access control information configured", /* engine_access_notice() */
        "registering pdu failed",                            /* contexts' roots, harmless */
        "Error opening specified endpoint",                  /* standalone_start()'s reason */
    };

    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        if (strncmp(text, starts[i], strlen(starts[i])) == 0)
            return true;
    }
    return false;
}

static enum log_level level_of(int priority)
{
    switch (priority) {
    case LOG_EMERG:
    case LOG_ALERT:
    case LOG_CRIT:
    case LOG_ERR: return LOG_LVL_ERR;
    case LOG_WARNING: return LOG_LVL_WARN;
    case LOG_NOTICE: return LOG_LVL_NOTICE;
    case LOG_INFO: return LOG_LVL_INFO;
    default: return LOG_LVL_DEBUG;
    }
}

static int on_log(int major, int minor, void *server, void *client)
{
    const struct snmp_log_message *message = server;
    size_t len = strlen(message->msg);

    (void)major, (void)minor, (void)client;
    while (len > 0 && message->msg[len - 1] == '\n')
        len--;
    if (len > 0 && !unwanted(message->msg))
        log_msg(level_of(message->priority), "snmp", NULL, "%.*s", (int)len, message->msg);
    return SNMP_ERR_NOERROR;
}

void engine_log_open(void)
{
    snmp_disable_log();
    snmp_enable_calllog();
    snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_log, NULL);
}

static int make_directory(struct engine *engine)
{
    /* absolute: the library makes the folders of a relative path below the root directory */
    char *base = realpath(engine->config.state_dir, NULL);
    int n;

    if (base == NULL) {
        snprintf(engine->why, engine->why_size, "%s/snmp: %s", engine->config.state_dir,
                 strerror(errno));
        return UPS_E_SYSTEM;
    }
    n = snprintf(engine->persistent_dir, sizeof(engine->persistent_dir), "%s/snmp", base);
    free(base);
    /* The library itself has room for 300 bytes of path and 512 of file name. */
    if (n < 0 || n > 256 || strchr(engine->persistent_dir, ENV_SEPARATOR_CHAR) != NULL) {
        snprintf(engine->why, engine->why_size, "state directory %s: too long, or a ':' in it",
                 engine->config.state_dir);
        return UPS_E_INVALID;
    }
    if (mkdir(engine->persistent_dir, 0700) != 0 && errno != EEXIST) {
        snprintf(engine->why, engine->why_size, "%s: %s", engine->persistent_dir, strerror(errno));
        return UPS_E_SYSTEM;
    }
    if (access(engine->persistent_dir, R_OK | W_OK | X_OK) != 0) {
        snprintf(engine->why, engine->why_size, "%s: %s", engine->persistent_dir, strerror(errno));
        return UPS_E_SYSTEM;
    }
    return 0;
}

int engine_settings(struct engine *engine)
{
    const char *file = engine->config.conf_file;
    int rc = make_directory(engine);

    if (rc != 0)
        return rc;
    netsnmp_set_mib_directory("");
    set_persistent_directory(engine->persistent_dir);
    /*
     * Nowhere: the persistent directory is searched anyway, and a second reading of oldEngineID
     * would empty the engine ID ("buffer too small to read octet string", net-snmp 5.9).
     */
    set_configuration_directory("");
    if (strchr(file, ',') != NULL) { /* the library takes a list here */
        snprintf(engine->why, engine->why_size, "%s: no comma can stand in this name", file);
        return UPS_E_INVALID;
    }
    if (access(file, R_OK) == 0) {
        netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_OPTIONALCONFIG, file);
    } else if (errno != ENOENT) {
        snprintf(engine->why, engine->why_size, "%s: %s", file, strerror(errno));
        return UPS_E_SYSTEM;
    }
    return 0;
}

void engine_access_notice(const struct engine *engine)
{
    if (vacm_is_configured())
        return;
    log_msg(LOG_LVL_WARN, "snmp", NULL,
            "nobody is answered yet: no access is granted in %s; for SNMPv3 add "
            "\"createUser NAME SHA-256 PASSPHRASE AES PASSPHRASE\" and "
            "\"rouser NAME authpriv -V all *\" and \"view all included .1\", for SNMPv2c "
            "\"rocommunity COMMUNITY 127.0.0.1\"",
            engine->config.conf_file);
}
