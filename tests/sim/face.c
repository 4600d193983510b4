/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of protocols. */
#include "face.h"

#include <string.h>

const struct face *const face_table[] = {
    &face_huawei_1_3k, &face_huawei_6_20k, &face_megatec, &face_megatec_old, &face_mecer,
    &face_mustek,      &face_q1,           &face_zinto,   &face_bestups,     &face_hunnox,
    &face_masterguard, &face_q2,           &face_q6,      &face_gtec,        &face_innovatae,
    &face_innovart31,  &face_innovart33,   &face_omron,   &face_sitop,       NULL};

const struct face *face_find(const char *name)
{
    for (int i = 0; face_table[i]; i++)
        if (!strcmp(face_table[i]->name, name))
            return face_table[i];
    return NULL;
}
