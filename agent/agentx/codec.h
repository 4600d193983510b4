/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AgentX wire format (RFC 2741 sections 5 and 6): bytes to values and back.
 *
 * Pure functions on memory: no sockets, no sessions, no state but the reader's and the writer's
 * own. Every length and every type is checked before it is used; a reader never looks past its end.
 * Both byte orders are spoken, as the flag NETWORK_BYTE_ORDER of each PDU says (section 6.1).
 */
#ifndef UPSMIBD_AGENTX_CODEC_H
#define UPSMIBD_AGENTX_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An object identifier has at most 128 sub-identifiers (RFC 2578 section 3.5). */
#define AGENTX_OID_MAX 128

/* Bytes of the header that every PDU begins with (RFC 2741 section 6.1). */
#define AGENTX_HEADER_SIZE 20

/* The largest payload we read or write. A PDU holds what fits in one SNMP message, and the largest
   SNMP message over UDP is smaller than this; whoever announces more is not a master. */
#define AGENTX_PAYLOAD_MAX 65536u

/* PDU types, RFC 2741 section 6.1. */
enum agentx_pdu {
    AGENTX_PDU_OPEN = 1,
    AGENTX_PDU_CLOSE = 2,
    AGENTX_PDU_REGISTER = 3,
    AGENTX_PDU_UNREGISTER = 4,
    AGENTX_PDU_GET = 5,
    AGENTX_PDU_GETNEXT = 6,
    AGENTX_PDU_GETBULK = 7,
    AGENTX_PDU_TESTSET = 8,
    AGENTX_PDU_COMMITSET = 9,
    AGENTX_PDU_UNDOSET = 10,
    AGENTX_PDU_CLEANUPSET = 11,
    AGENTX_PDU_NOTIFY = 12,
    AGENTX_PDU_PING = 13,
    AGENTX_PDU_INDEX_ALLOCATE = 14,
    AGENTX_PDU_INDEX_DEALLOCATE = 15,
    AGENTX_PDU_ADD_AGENT_CAPS = 16,
    AGENTX_PDU_REMOVE_AGENT_CAPS = 17,
    AGENTX_PDU_RESPONSE = 18,
};

/* Header flags, RFC 2741 section 6.1. */
#define AGENTX_FLAG_INSTANCE_REGISTRATION 0x01u
#define AGENTX_FLAG_NEW_INDEX             0x02u
#define AGENTX_FLAG_ANY_INDEX             0x04u
#define AGENTX_FLAG_NON_DEFAULT_CONTEXT   0x08u
#define AGENTX_FLAG_NETWORK_BYTE_ORDER    0x10u

/* Types of a value in a VarBind, RFC 2741 section 5.4. */
enum agentx_type {
    AGENTX_INTEGER = 2,
    AGENTX_OCTET_STRING = 4,
    AGENTX_NULL = 5,
    AGENTX_OBJECT_IDENTIFIER = 6,
    AGENTX_IP_ADDRESS = 64,
    AGENTX_COUNTER32 = 65,
    AGENTX_GAUGE32 = 66,
    AGENTX_TIMETICKS = 67,
    AGENTX_OPAQUE = 68,
    AGENTX_COUNTER64 = 70,
    AGENTX_NO_SUCH_OBJECT = 128,
    AGENTX_NO_SUCH_INSTANCE = 129,
    AGENTX_END_OF_MIB_VIEW = 130,
};

/* res.error: SNMP's own codes (RFC 3416 section 3) and those of RFC 2741 section 6.2.16. */
enum agentx_error {
    AGENTX_ERR_NONE = 0,
    AGENTX_ERR_TOO_BIG = 1,
    AGENTX_ERR_GEN_ERR = 5,
    AGENTX_ERR_NO_ACCESS = 6,
    AGENTX_ERR_WRONG_TYPE = 7,
    AGENTX_ERR_WRONG_LENGTH = 8,
    AGENTX_ERR_WRONG_ENCODING = 9,
    AGENTX_ERR_WRONG_VALUE = 10,
    AGENTX_ERR_NO_CREATION = 11,
    AGENTX_ERR_INCONSISTENT_VALUE = 12,
    AGENTX_ERR_RESOURCE_UNAVAILABLE = 13,
    AGENTX_ERR_COMMIT_FAILED = 14,
    AGENTX_ERR_UNDO_FAILED = 15,
    AGENTX_ERR_NOT_WRITABLE = 17,
    AGENTX_ERR_INCONSISTENT_NAME = 18,
    AGENTX_ERR_OPEN_FAILED = 256,
    AGENTX_ERR_NOT_OPEN = 257,
    AGENTX_ERR_INDEX_WRONG_TYPE = 258,
    AGENTX_ERR_INDEX_ALREADY_ALLOCATED = 259,
    AGENTX_ERR_INDEX_NONE_AVAILABLE = 260,
    AGENTX_ERR_INDEX_NOT_ALLOCATED = 261,
    AGENTX_ERR_UNSUPPORTED_CONTEXT = 262,
    AGENTX_ERR_DUPLICATE_REGISTRATION = 263,
    AGENTX_ERR_UNKNOWN_REGISTRATION = 264,
    AGENTX_ERR_UNKNOWN_AGENT_CAPS = 265,
    AGENTX_ERR_PARSE_ERROR = 266,
    AGENTX_ERR_REQUEST_DENIED = 267,
    AGENTX_ERR_PROCESSING_ERROR = 268,
};

/* c.reason, RFC 2741 section 6.2.2. */
enum agentx_reason {
    AGENTX_REASON_OTHER = 1,
    AGENTX_REASON_PARSE_ERROR = 2,
    AGENTX_REASON_PROTOCOL_ERROR = 3,
    AGENTX_REASON_TIMEOUTS = 4,
    AGENTX_REASON_SHUTDOWN = 5,
    AGENTX_REASON_BY_MANAGER = 6,
};

/* The name of a res.error code as the RFCs write it; "unknown error" for others. Never NULL. */
const char *agentx_error_name(int error);

struct agentx_oid {
    uint32_t len; /* 0 to AGENTX_OID_MAX; 0 is the null object identifier */
    uint32_t id[AGENTX_OID_MAX];
};

/* A value of a VarBind. Pointers are borrowed: whoever fills the struct says for how long. */
struct agentx_value {
    uint16_t type; /* enum agentx_type */
    union {
        int32_t integer;     /* INTEGER */
        uint32_t unsigned32; /* Counter32, Gauge32, TimeTicks */
        uint64_t unsigned64; /* Counter64 */
        struct {
            const uint8_t *data; /* Octet String, Opaque, IpAddress (4 bytes, network order) */
            uint32_t len;
        } octets;
        struct {
            const uint32_t *id; /* Object Identifier */
            uint32_t len;
        } oid;
    } u;
};

/* A VarBind by reference, for writing. */
struct agentx_varbind {
    const uint32_t *oid;
    size_t oid_len;
    struct agentx_value value;
};

/* A VarBind as read: it owns its identifiers. value.u.oid.id points to object, value.u.octets.data
   into the reader's bytes. Do not copy the struct when the value is an Object Identifier. */
struct agentx_varbind_in {
    struct agentx_oid name;
    struct agentx_value value;
    struct agentx_oid object;
};

/* A SearchRange (RFC 2741 section 5.2). end.len 0: no upper bound. */
struct agentx_range {
    struct agentx_oid start;
    struct agentx_oid end;
    bool include;
};

struct agentx_header {
    uint8_t version;
    uint8_t type;
    uint8_t flags;
    uint32_t session;
    uint32_t transaction;
    uint32_t packet;
    uint32_t length; /* bytes of payload */
};

/* <0, 0, >0 as a is before, equal to, after b in the lexicographic order of RFC 3416. */
int agentx_oid_compare(const uint32_t *a, size_t alen, const uint32_t *b, size_t blen);

/* Whether oid lies in the subtree (or is its root). */
bool agentx_oid_in(const uint32_t *oid, size_t len, const uint32_t *subtree, size_t subtree_len);

/* Writes the dotted form ("1.3.6.1.2.1.33") into text, cut to size - 1 characters. Returns text. */
char *agentx_oid_text(const uint32_t *oid, size_t len, char *text, size_t size);

/* --- reading ------------------------------------------------------------------------------- */

struct agentx_reader {
    const uint8_t *p;
    const uint8_t *end;
    bool big; /* network byte order */
};

/*
 * Reads the header's AGENTX_HEADER_SIZE bytes. Returns NULL, or why the byte stream can no longer
 * be followed (a text): wrong version, payload length above AGENTX_PAYLOAD_MAX or not a multiple
 * of 4. Reserved bytes and unknown flags are ignored; an unknown type is the caller's business.
 */
const char *agentx_header_read(const uint8_t *bytes, struct agentx_header *header);

/* Each returns false, and leaves the reader anywhere, if the bytes do not hold such a thing. */
bool agentx_read_u8(struct agentx_reader *r, uint8_t *v);
bool agentx_read_u16(struct agentx_reader *r, uint16_t *v);
bool agentx_read_u32(struct agentx_reader *r, uint32_t *v);
bool agentx_read_oid(struct agentx_reader *r, struct agentx_oid *oid, bool *include);
/* *data points into the reader's bytes. */
bool agentx_read_octets(struct agentx_reader *r, const uint8_t **data, uint32_t *len);
bool agentx_read_range(struct agentx_reader *r, struct agentx_range *range);
bool agentx_read_varbind(struct agentx_reader *r, struct agentx_varbind_in *vb);

/* --- writing ------------------------------------------------------------------------------- */

/*
 * A growing byte buffer. Zero it, set max; free with agentx_writer_free(). Once something did not
 * fit (max, or no memory, or a value that has no wire form) failed is set and further writes do
 * nothing.
 */
struct agentx_writer {
    uint8_t *data;
    size_t len;
    size_t cap;
    size_t max;
    bool big;
    bool failed;
};

void agentx_writer_free(struct agentx_writer *w);

/* Makes room for n more bytes. false (and failed) if that is more than max or memory is out. */
bool agentx_writer_reserve(struct agentx_writer *w, size_t n);

void agentx_write_u8(struct agentx_writer *w, uint8_t v);
void agentx_write_u16(struct agentx_writer *w, uint16_t v);
void agentx_write_u32(struct agentx_writer *w, uint32_t v);
void agentx_write_oid(struct agentx_writer *w, const uint32_t *oid, size_t len, bool include);
void agentx_write_octets(struct agentx_writer *w, const void *data, size_t len);
void agentx_write_varbind(struct agentx_writer *w, const uint32_t *oid, size_t len,
                          const struct agentx_value *value);

/*
 * Begins a PDU at the writer's end: sets the writer's byte order from header->flags, writes the
 * header with length 0 and, if context is not NULL, the context (and its flag). Returns the PDU's
 * offset for agentx_pdu_end(), which writes the payload's length where it belongs.
 */
size_t agentx_pdu_begin(struct agentx_writer *w, const struct agentx_header *header,
                        const char *context, size_t context_len);
void agentx_pdu_end(struct agentx_writer *w, size_t offset);

/* A Response's fixed part (RFC 2741 section 6.2.16) right behind the header. */
void agentx_write_response(struct agentx_writer *w, uint32_t sysuptime, uint16_t error,
                           uint16_t index);

/* Overwrites 16 bits at an offset already written, in the writer's byte order. */
void agentx_patch_u16(struct agentx_writer *w, size_t offset, uint16_t v);

#endif
