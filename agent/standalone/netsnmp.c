/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and values between the object layer and net-snmp. */
#include "netsnmp.h"

size_t netsnmp_oid_in(uint32_t *out, const oid *in, size_t len)
{
    if (len > MAX_OID_LEN)
        len = MAX_OID_LEN;
    for (size_t i = 0; i < len; i++)
        out[i] = in[i] > UINT32_MAX ? UINT32_MAX : (uint32_t)in[i];
    return len;
}

size_t netsnmp_oid_out(oid *out, const uint32_t *in, size_t len)
{
    if (len > MAX_OID_LEN)
        len = MAX_OID_LEN;
    for (size_t i = 0; i < len; i++)
        out[i] = in[i];
    return len;
}

bool netsnmp_form_of(const struct mib_value *value, struct netsnmp_form *form)
{
    form->type = (u_char)value->type;
    form->data = &form->of;
    switch (value->type) {
    case MIB_INTEGER:
        form->of.number = value->v.integer;
        form->size = sizeof(form->of.number);
        return true;
    case MIB_COUNTER32:
    case MIB_GAUGE32:
    case MIB_TIMETICKS:
        form->of.number = (long)value->v.number;
        form->size = sizeof(form->of.number);
        return true;
    case MIB_COUNTER64:
        form->of.big = (struct counter64){.high = (u_long)(value->v.big >> 32),
                                          .low = (u_long)(value->v.big & 0xffffffff)};
        form->size = sizeof(form->of.big);
        return true;
    case MIB_OCTETS:
        form->data = value->v.octets;
        form->size = value->len;
        return true;
    case MIB_OID:
        form->size = netsnmp_oid_out(form->of.name, value->v.oid, value->len) * sizeof(oid);
        return true;
    default: return false;
    }
}

/* Types that the object layer has no name for keep their tag: they are the wrong ones anyway. */
void netsnmp_value_of(const netsnmp_variable_list *vb, struct mib_value *value, uint32_t *room)
{
    *value = (struct mib_value){.type = (enum mib_type)vb->type};
    switch (vb->type) {
    case ASN_INTEGER: value->v.integer = (int32_t)*vb->val.integer; break;
    case ASN_COUNTER:
    case ASN_GAUGE:
    case ASN_TIMETICKS: value->v.number = (uint32_t)*vb->val.integer; break;
    case ASN_COUNTER64:
        value->v.big = (uint64_t)vb->val.counter64->high << 32 | vb->val.counter64->low;
        break;
    case ASN_OCTET_STR:
        value->v.octets = (const char *)vb->val.string;
        value->len = vb->val_len;
        break;
    case ASN_OBJECT_ID:
        value->v.oid = room;
        value->len = netsnmp_oid_in(room, vb->val.objid, vb->val_len / sizeof(oid));
        break;
    default: break;
    }
}
