/* What a process owes the secrets in its memory. */
#ifndef MOOT_RUNTIME_CONFINE_H
#define MOOT_RUNTIME_CONFINE_H

/* No core dump and no tracing by others of the same user; as many open files as the system allows, for strangers
 * at the port take some. */
void confine_begin(void);

/* Once all secrets are cleansed: whoever debugs the end of the process may look again. */
void confine_end(void);

#endif
