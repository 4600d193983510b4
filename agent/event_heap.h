/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A binary heap of nodes that lie in the caller's structures and can be taken out from anywhere.
 * It only points at them; the least key is on top.
 */
#ifndef EVENT_HEAP_H
#define EVENT_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap;

struct heap_node {
    int64_t key;
    size_t at;         /* place in the heap */
    struct heap *heap; /* the heap it is in; NULL: in none */
};

/* All zero is an empty heap; free it with heap_free(). */
struct heap {
    struct heap_node **node;
    size_t count, room;
};

/* Makes sure that `count` nodes fit.  false: no memory, the heap is as it was. */
bool heap_reserve(struct heap *heap, size_t count);

/* Puts a node in, for which there is room. */
void heap_insert(struct heap *heap, struct heap_node *node, int64_t key);

/* Takes a node out of the heap in which it is, if any. */
void heap_remove(struct heap_node *node);

/* The node of the least key, NULL if there is none. */
static inline struct heap_node *heap_top(const struct heap *heap)
{
    return heap->count > 0 ? heap->node[0] : NULL;
}

void heap_free(struct heap *heap);

#endif
