/* A session with owners who are not there, for the tests of what they leave and learn: its program, what each submitted,
 * and what each node holds and keeps. */
#ifndef MOOT_TESTS_ABSENT_SCENE_H
#define MOOT_TESTS_ABSENT_SCENE_H

#include "core_help.h"

#include "runtime/field.h"

enum { SCENE_GROUP = 4, SCENE_MANY = 1 }; /* so many members of the party of this number are away */

typedef struct scene {
    const program *p;
    const launch *l;
    const field *f;
    run_data *d; /* with the outputs that are right */
    void *share[NODES_MAX][SCENE_GROUP];
    absent_owners at[NODES_MAX];
    buffer kept[NODES_MAX][SCENE_GROUP];
} scene;

/* Numbers of 20 bits and bools of party 0, which stands at node 0, and of a group who are not there, whose names are
 * "owner-0" and so on. */
program *scene_program(uint8_t q);
launch *scene_launch(const program *p, unsigned nodes, unsigned threshold, bool active);

/* All have submitted what `fill` gave (NULL: what the ranges allow); the nodes hold it from now on (absent_at). */
typedef void scene_filler(const program *p, run_data *d);
scene *scene_begin(const program *p, unsigned nodes, unsigned threshold, bool active,
                   scene_filler *fill);
void scene_fill(const program *p, run_data *d); /* edges and random values */
void scene_free(scene *s);

/* What owner learns of those nodes that answered, a bit each. */
status scene_learn(const scene *s, unsigned owner, uint32_t answered, run_data *into, failure *err);
/* That is right, and nothing that is another's. */
void scene_expect_learned(const scene *s, unsigned owner, uint32_t answered);

#endif
