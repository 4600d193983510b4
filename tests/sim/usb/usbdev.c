/* SPDX-License-Identifier: BSD-2-Clause */
/* What all models share: descriptors, standard requests, the queue of packets. */
#include "usbdev.h"

#include <string.h>

const struct usbdev_model *const usbdev_models[] = {
    &usbdev_ablerex, &usbdev_armac,      &usbdev_cypress, &usbdev_fabula,  &usbdev_fuji,
    &usbdev_gtec,    &usbdev_hunnox,     &usbdev_ippon,   &usbdev_krauler, &usbdev_omron,
    &usbdev_phoenix, &usbdev_phoenixtec, &usbdev_sgs,     &usbdev_snr,     NULL,
};

const struct usbdev_model *usbdev_model_find(const char *name)
{
    for (size_t i = 0; usbdev_models[i]; i++)
        if (strcmp(usbdev_models[i]->name, name) == 0)
            return usbdev_models[i];
    return NULL;
}

void usbdev_init(struct usbdev *dev, const struct usbdev_model *model, const char *serial)
{
    memset(dev, 0, sizeof *dev);
    dev->model = model;
    for (int i = 0; i < 3; i++)
        dev->text[i] = model->text[i];
    if (serial)
        dev->text[2] = serial;
    dev->line = usbline_megatec;
}

void usbdev_power(struct usbdev *dev)
{
    dev->request_len = dev->reply_len = 0;
    dev->head = dev->count = 0;
    dev->halted = false;
    dev->step = dev->dead = 0;
}

enum { HID_REPORT_BYTES = 27 };

/* -- descriptors ------------------------------------------------------------------------------- */

static bool is_new_armac(const struct usbdev *dev)
{
    return dev->model == &usbdev_armac && dev->variant == 1;
}

static size_t put_endpoint(uint8_t *p, uint8_t address, uint8_t size)
{
    const uint8_t e[7] = {7, 5, address, 3, size, 0, 10};

    memcpy(p, e, sizeof e);
    return sizeof e;
}

size_t usbdev_descriptors(const struct usbdev *dev, uint8_t *out, size_t size)
{
    const struct usbdev_model *m = dev->model;
    uint8_t in = m->ep_in, ep_out = m->ep_out, packet = m->packet;

    if (is_new_armac(dev)) {
        in = 0x82;
        ep_out = 0x02;
        packet = 64;
    }
    uint8_t endpoints = (uint8_t)((in != 0) + (ep_out != 0));
    uint8_t total = (uint8_t)(9 + 9 + 9 + 7 * endpoints);
    const uint8_t head[] = {
        18, 1, 0x10, 0x01, 0, 0, 0, 8, (uint8_t)m->vid, (uint8_t)(m->vid >> 8), (uint8_t)m->pid,
        (uint8_t)(m->pid >> 8), 0x02, 0x00, dev->text[0] ? 2 : 0, dev->text[1] ? 1 : 0,
        /* the product is string 1: some firmware has it there and nothing else */
        dev->text[2] ? 14 : 0, 1,
        /* configuration */ 9, 2, total, 0, 1, 1, 0, 0x80, 50,
        /* interface */ 9, 4, 0, 0, endpoints, 3, 0, 0, 0,
        /* HID */ 9, 0x21, 0x10, 0x01, 0, 1, 0x22, HID_REPORT_BYTES, 0};
    size_t n = sizeof head;

    if (size < n + 14)
        return 0;
    memcpy(out, head, n);
    if (in)
        n += put_endpoint(out + n, in, packet);
    if (ep_out)
        n += put_endpoint(out + n, ep_out, packet);
    return n;
}

int usbdev_text(const uint8_t *text, size_t len, unsigned wlength, uint8_t *data)
{
    uint8_t whole[255];
    size_t n = 2 + 2 * (len < 126 ? len : 126);

    whole[0] = (uint8_t)n;
    whole[1] = 3;
    for (size_t i = 0; 2 + 2 * i < n; i++) {
        whole[2 + 2 * i] = text[i];
        whole[3 + 2 * i] = 0;
    }
    if (n > wlength)
        n = wlength;
    memcpy(data, whole, n);
    return (int)n;
}

/* Strings 1, 2 and 14 are the device's own texts; models may have others. */
static int own_text(struct usbdev *dev, unsigned index, unsigned wlength, uint8_t *data)
{
    static const struct {
        unsigned index;
        int text;
    } places[] = {{2, 0}, {1, 1}, {14, 2}};

    for (size_t i = 0; i < 3; i++)
        if (index == places[i].index && dev->text[places[i].text]) {
            const char *t = dev->text[places[i].text];
            if (dev->stall_texts > 0) {
                dev->stall_texts--;
                return USBDEV_STALL;
            }
            return usbdev_text((const uint8_t *)t, strlen(t), wlength, data);
        }
    return USBDEV_STALL;
}

static int get_descriptor(struct usbdev *dev, const uint8_t s[8], uint8_t *data)
{
    unsigned index = s[2], langid = s[4] | (unsigned)s[5] << 8;
    unsigned wlength = s[6] | (unsigned)s[7] << 8;
    uint8_t all[128];
    size_t n = usbdev_descriptors(dev, all, sizeof all), from = 0;

    switch (s[3]) {
    case 1: n = 18; break;
    case 2:
        from = 18;
        n -= 18;
        break;
    case 3:
        dev->reads++;
        if (dev->model->string) {
            int rc = dev->model->string(dev, index, langid, wlength, data);
            if (rc != USBDEV_STALL)
                return rc;
        }
        if (index == 0) {
            static const uint8_t languages[] = {4, 3, 0x09, 0x04};
            n = wlength < 4 ? wlength : 4;
            memcpy(data, languages, n);
            return (int)n;
        }
        return own_text(dev, index, wlength, data);
    default: return USBDEV_STALL;
    }
    if (n > wlength)
        n = wlength;
    memcpy(data, all + from, n);
    return (int)n;
}

/* Reports of eight bytes each way that mean nothing: what the kernel's HID driver asks for. */
static int get_report_descriptor(const uint8_t s[8], uint8_t *data)
{
    static const uint8_t report[HID_REPORT_BYTES] = {
        0x06, 0x00, 0xff, 0x09, 0x01, 0xa1, 0x01, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08,
        0x95, 0x08, 0x09, 0x02, 0x81, 0x02, 0x95, 0x08, 0x09, 0x03, 0x91, 0x02, 0xc0};
    unsigned wlength = s[6] | (unsigned)s[7] << 8;
    size_t n = wlength < sizeof report ? wlength : sizeof report;

    memcpy(data, report, n);
    return (int)n;
}

int usbdev_control(struct usbdev *dev, const uint8_t s[8], uint8_t *data, int len)
{
    if (s[0] == 0x80 && s[1] == 6)
        return get_descriptor(dev, s, data);
    if (s[0] == 0x81 && s[1] == 6 && s[3] == 0x22)
        return get_report_descriptor(s, data);
    if (s[0] == 0x02 && s[1] == 1)
        return usbdev_clear_halt(dev);
    if ((s[0] == 0x00 && s[1] == 9) || (s[0] == 0x01 && s[1] == 11) || (s[0] == 0x21 && s[1] == 10))
        return 0; /* SET_CONFIGURATION, SET_INTERFACE, SET_IDLE */
    return dev->model->control ? dev->model->control(dev, s, data, len) : USBDEV_STALL;
}

/* -- lines ------------------------------------------------------------------------------------- */

static int64_t now(const struct usbdev *dev)
{
    return dev->now_ms ? dev->now_ms(dev->now_arg) : 0;
}

static void answer(struct usbdev *dev)
{
    uint8_t reply[USBDEV_LINE];

    dev->lines++;
    dev->last_len = dev->request_len;
    memcpy(dev->last, dev->request, dev->request_len);
    size_t n = dev->line(dev->line_arg, dev->request, dev->request_len, reply, sizeof reply);
    dev->request_len = 0;
    if (dev->silent)
        n = 0;
    memcpy(dev->reply, reply, n);
    dev->reply_len = n;
    if (n > 0 && dev->model->reply)
        dev->model->reply(dev, reply, n);
}

void usbdev_take(struct usbdev *dev, const uint8_t *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\0' || dev->request_len == sizeof dev->request)
            continue; /* padding */
        dev->request[dev->request_len++] = text[i];
        if (text[i] == '\r')
            answer(dev);
    }
}

void usbdev_push(struct usbdev *dev, const uint8_t *data, size_t len)
{
    if (dev->count == USBDEV_PACKETS)
        return; /* a device has no more room either */
    struct usbdev_packet *p = &dev->queue[(dev->head + dev->count) % USBDEV_PACKETS];
    memset(p->data, 0, sizeof p->data);
    memcpy(p->data, data, len);
    p->len = (uint8_t)len;
    p->ready_ms = now(dev) + dev->late_ms + (int64_t)dev->count * dev->gap_ms;
    dev->count++;
}

int usbdev_in(struct usbdev *dev, uint8_t endpoint, uint8_t *data, int len)
{
    uint8_t in = is_new_armac(dev) ? 0x82 : dev->model->ep_in;
    int rc = dev->model->asked ? dev->model->asked(dev, len) : 0;

    if (rc)
        return rc;
    if (endpoint != in)
        return USBDEV_STALL;
    if (dev->stalls > 0 && !dev->halted) {
        dev->stalls--;
        dev->halted = true;
    }
    if (dev->halted)
        return USBDEV_STALL;
    struct usbdev_packet *p = &dev->queue[dev->head];
    if (dev->count == 0 || now(dev) < p->ready_ms)
        return USBDEV_NAK;
    dev->head = (dev->head + 1) % USBDEV_PACKETS;
    dev->count--;
    if (dev->overflows > 0) {
        dev->overflows--;
        return USBDEV_OVERFLOW;
    }
    if (p->len > len)
        return USBDEV_OVERFLOW;
    memcpy(data, p->data, p->len);
    /* The host joins full packets until its buffer is full or a short one comes. */
    if (p->len == dev->model->packet && len - p->len >= p->len && dev->count > 0) {
        int more = usbdev_in(dev, endpoint, data + p->len, len - p->len);
        return more > 0 ? p->len + more : p->len;
    }
    return p->len;
}

int usbdev_out(struct usbdev *dev, uint8_t endpoint, const uint8_t *data, int len)
{
    uint8_t out = is_new_armac(dev) ? 0x02 : dev->model->ep_out;

    return out && endpoint == out && dev->model->out ? dev->model->out(dev, data, len)
                                                     : USBDEV_STALL;
}

int usbdev_clear_halt(struct usbdev *dev)
{
    dev->clears++;
    if (dev->no_clear)
        return USBDEV_STALL;
    dev->halted = false;
    return 0;
}

void usbdev_reset(struct usbdev *dev)
{
    dev->resets++;
    dev->overflows = 0;
    usbdev_power(dev);
}
