/* SPDX-License-Identifier: BSD-2-Clause */
/* A binary heap: see event_heap.h. */
#include "event_heap.h"

#include <stdlib.h>

bool heap_reserve(struct heap *heap, size_t count)
{
    size_t room = heap->room ? heap->room : 16;
    struct heap_node **node;

    while (room < count)
        room *= 2;
    if (room == heap->room)
        return true;
    node = realloc(heap->node, room * sizeof(struct heap_node *));
    if (!node)
        return false;
    heap->node = node;
    heap->room = room;
    return true;
}

static void put(struct heap *heap, size_t at, struct heap_node *node)
{
    heap->node[at] = node;
    node->at = at;
}

/* Moves a node from a free place up or down to where it belongs. */
static void settle(struct heap *heap, size_t at, struct heap_node *node)
{
    while (at > 0 && heap->node[(at - 1) / 2]->key > node->key) {
        put(heap, at, heap->node[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * at + 1;

        if (child + 1 < heap->count && heap->node[child + 1]->key < heap->node[child]->key)
            child++;
        if (child >= heap->count || heap->node[child]->key >= node->key)
            break;
        put(heap, at, heap->node[child]);
        at = child;
    }
    put(heap, at, node);
}

void heap_insert(struct heap *heap, struct heap_node *node, int64_t key)
{
    node->key = key;
    node->heap = heap;
    put(heap, heap->count, node);
    heap->count++;
    settle(heap, node->at, node);
}

void heap_remove(struct heap_node *node)
{
    struct heap *heap = node->heap;
    struct heap_node *last;

    if (!heap)
        return;
    last = heap->node[--heap->count];
    if (last != node)
        settle(heap, node->at, last);
    node->heap = NULL;
}

void heap_free(struct heap *heap)
{
    free(heap->node);
    *heap = (struct heap){0};
}
