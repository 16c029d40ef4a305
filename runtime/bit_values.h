/* Secret bools that stay shares of bits: results of comparisons, inputs and draws that gates read, and what is made
 * of such. They become numbers where they are made, all of an instruction at once, and only if anything reads them
 * as numbers. */
#ifndef MOOT_RUNTIME_BIT_VALUES_H
#define MOOT_RUNTIME_BIT_VALUES_H

#include "runtime/bit_protocol.h"

/* Of each register of p the forms it takes (box.h) among the members of l; NULL when memory is out. By malloc.
 * value_forms.c */
uint8_t *value_forms(const program *p, const launch *l);
/* Whether what the SHARE lane shares is a sharing of numbers, whatever forms its result takes. */
bool comes_as_number(const program *p, const launch *l, const lane *share);
/* Whether what the REVEAL lane opens is opened as bits when it is there in bits. */
bool opens_as_bits(const program *p, const launch *l, const lane *reveal);

/* A lane's value that is there in bits. */
wire wire_of(const vec *v);

/* Gives the lanes of the job their parts of one wire of results, in the forms that they take. */
void results_in_bits(job *j, wires bit, size_t len);

/* Of this job's lanes, which are alike: whether their results are there in bits. */
bool results_are_bits(const job *j);

/* An operand's share of each bit; of a public one the constant itself. NULL planes on a dry box. */
wire operand_bits(job *j, const value *v);

/* The result in bits of one lane of a gate that needs no message: NOT, or AND OR XOR MASK SELECT with what is public. */
void bit_lane(job *j, opcode op, const abb_lane *l);

/* The EQ of a lane that compares few secret numbers with many known ones each, of a small range: how many bits these have
 * where it pays to find the bits, else 0. demultiplex.c */
unsigned demultiplexed_bits(const box *b, opcode op, const abb_lane *l);
/* Of this job's one lane. */
void job_demultiplex(job *j, unsigned bits);

/* AND OR XOR MASK SELECT of secrets, SHARE and RANDOM, of lanes whose results are bits. */
void job_bit_gates(job *j);
void job_bit_share(job *j);
/* The bits of inputs that came as numbers, 0 or 1. */
void bits_of_inputs(job *j);
void job_bit_random(job *j);

#endif
