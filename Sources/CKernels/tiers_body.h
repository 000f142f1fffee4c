// The format's loops, written once over 64 bytes at a time. Whoever includes this defines the type bytes64, TIERS_TARGET and
//   splat(byte) load(p) store(p, v) · equal(v, byte) and bit(v, mask) → 64 bits · choose(v, bits, other) · choose16(table, codes)
//   expand(v, bits, next): the bytes at next in the places of the set bits; compress(p, v, bits): the reverse; both may touch 64 bytes
//   split(element, src, planes): 64 numbers, rotated, into byte planes; join(kind, to_float, planes, dst): the reverse, widened

// MARK: encoding

// 64 bytes to the codes of one level; the planes' words go to `out`, the bytes in no code to `left`. Returns how many those are.
TIERS_TARGET TIERS_INLINE size_t encode_group(bytes64 v, const int width, const uint8_t *symbols, uint64_t places,
                                              uint8_t *out, uint8_t *left) {
    uint64_t planes[4] = {0, 0, 0, 0}, found = 0;
    for (int s = 0; s < (1 << width) - 1; s++) {
        uint64_t here = equal(v, symbols[s]) & places;
        found |= here;
        for (int b = 0; b < width; b++)
            if (s >> b & 1) planes[b] |= here;
    }
    uint64_t rest = places & ~found;
    for (int b = 0; b < width; b++) tiers_put(out + 8 * b, planes[b] | rest);
    compress(left, v, rest);
    return (size_t)__builtin_popcountll(rest);
}

TIERS_TARGET TIERS_INLINE size_t encode_level_width(const uint8_t *src, size_t n, const int width,
                                                    const uint8_t *symbols, uint8_t *out, uint8_t *left) {
    size_t count = 0;
    for (size_t i = 0; i < n; i += 64, out += 8 * width) {
        uint64_t places = n - i >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << (n - i)) - 1;
        count += encode_group(load(src + i), width, symbols, places, out, left + count);
    }
    return count;
}

TIERS_TARGET static size_t encode_level(const uint8_t *src, size_t n, int width, const uint8_t *symbols, uint8_t *out,
                                        uint8_t *left) {
    switch (width) {
    case 1: return encode_level_width(src, n, 1, symbols, out, left);
    case 2: return encode_level_width(src, n, 2, symbols, out, left);
    case 3: return encode_level_width(src, n, 3, symbols, out, left);
    default: return encode_level_width(src, n, 4, symbols, out, left);
    }
}

// Splits numbers and codes the first level in one pass.
TIERS_TARGET TIERS_INLINE size_t encode_first(const int kind, const int width, const uint8_t *src, size_t n,
                                              uint8_t *copied, const uint8_t *symbols, uint8_t *out, uint8_t *left) {
    const size_t element = kind == VARVE_F32 ? 4 : kind == VARVE_BYTES ? 1 : 2;
    uint8_t *bits = copied, *low = kind == VARVE_F16 ? copied + tiers_groups(n) * 24 : copied;
    size_t count = 0;
    for (size_t i = 0; i < n; i += 64, out += 8 * width, bits += 24) {
        bytes64 planes[4];
        uint64_t places = ~(uint64_t)0;
        const uint8_t *from = src + i * element;
        size_t here = n - i < 64 ? n - i : 64;
        uint8_t tail[256];
        if (here < 64) {
            memset(tail, 0, sizeof tail);
            memcpy(tail, from, here * element);
            from = tail;
            places = ((uint64_t)1 << here) - 1;
        }
        if (kind == VARVE_BYTES) planes[0] = load(from);
        else split(element, from, planes);
        for (size_t p = 0; p + 1 < element; p++) {
            if (here == 64) store(low + p * n + i, planes[p]);
            else {
                uint8_t bytes[64];
                store(bytes, planes[p]);
                memcpy(low + p * n + i, bytes, here);
            }
        }
        bytes64 top = planes[element - 1];
        if (kind == VARVE_F16) {
            for (int b = 0; b < 3; b++) tiers_put(bits + 8 * b, bit(top, (uint8_t)(1 << b)) & places);
            top = keep(top, 0xF8);
        }
        count += encode_group(top, width, symbols, places, out, left + count);
    }
    return count;
}

TIERS_TARGET TIERS_INLINE size_t encode_first_width(const int kind, int width, const uint8_t *src, size_t n,
                                                    uint8_t *copied, const uint8_t *symbols, uint8_t *out,
                                                    uint8_t *left) {
    switch (width) {
    case 1: return encode_first(kind, 1, src, n, copied, symbols, out, left);
    case 2: return encode_first(kind, 2, src, n, copied, symbols, out, left);
    case 3: return encode_first(kind, 3, src, n, copied, symbols, out, left);
    default: return encode_first(kind, 4, src, n, copied, symbols, out, left);
    }
}

TIERS_TARGET static size_t encode_body(int kind, const uint8_t *src, size_t n, uint8_t *dst, size_t capacity,
                                       uint8_t *work, tiers_plan *plan) {
    size_t copied = tiers_copied(kind, n), used = copied + tiers_level_bytes(n, plan->width[0]);
    if (used > capacity) return 0;
    uint8_t *out = dst + copied, *left = tiers_stream(work, n, 0);
    int w = plan->width[0];
    plan->codes[0] = n;
    size_t count = kind == VARVE_F32   ? encode_first_width(VARVE_F32, w, src, n, dst, plan->symbols[0], out, left)
                   : kind == VARVE_F16 ? encode_first_width(VARVE_F16, w, src, n, dst, plan->symbols[0], out, left)
                   : kind == VARVE_BYTES
                       ? encode_first_width(VARVE_BYTES, w, src, n, dst, plan->symbols[0], out, left)
                                       : encode_first_width(VARVE_BF16, w, src, n, dst, plan->symbols[0], out, left);
    for (int l = 1; l < plan->count; l++) {
        size_t bytes = tiers_level_bytes(count, plan->width[l]);
        if (bytes > capacity - used) return 0;
        uint8_t *next = tiers_stream(work, n, l & 1);
        plan->codes[l] = count;
        count = encode_level(left, count, plan->width[l], plan->symbols[l], dst + used, next);
        used += bytes;
        left = next;
    }
    if (count > capacity - used) return 0;
    plan->codes[plan->count] = count;
    memcpy(dst + used, left, count);
    return used + count;
}

// MARK: decoding

// The 64 bytes of one group of codes; 0 in `ok` where the next level has too few bytes.
TIERS_TARGET TIERS_INLINE bytes64 decode_group(const uint8_t *codes, const int width, bytes64 table,
                                               const uint8_t *symbols, uint64_t places, const uint8_t *next,
                                               size_t *position, size_t count, int *ok) {
    uint64_t rest = places;
    bytes64 v;
    if (width == 2) {
        uint64_t a = tiers_word(codes), b = tiers_word(codes + 8);
        rest &= a & b;
        v = choose(choose(splat(symbols[0]), a, splat(symbols[1])), b, splat(symbols[2]));
    } else {
        bytes64 code = splat(0);
        for (int p = 0; p < width; p++) {
            uint64_t plane = tiers_word(codes + 8 * p);
            rest &= plane;
            code = set(code, plane, (uint8_t)(1 << p));
        }
        v = choose16(table, code);
    }
    size_t after = *position + (size_t)__builtin_popcountll(rest);
    if (after > count) {
        *ok = 0;
        return v;
    }
    v = expand(v, rest, next + *position);
    *position = after;
    return v;
}

TIERS_TARGET TIERS_INLINE int decode_level_width(const uint8_t *codes, size_t n, const int width,
                                                 const uint8_t *symbols, const uint8_t *next, size_t count,
                                                 uint8_t *dst) {
    bytes64 table = load16(symbols);
    size_t position = 0;
    int ok = 1;
    for (size_t i = 0; i < n; i += 64, codes += 8 * width) {
        uint64_t places = n - i >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << (n - i)) - 1;
        bytes64 v = decode_group(codes, width, table, symbols, places, next, &position, count, &ok);
        if (!ok) return 0;
        store(dst + i, v);
    }
    return position == count;
}

TIERS_TARGET static int decode_level(const uint8_t *codes, size_t n, int width, const uint8_t *symbols,
                                     const uint8_t *next, size_t count, uint8_t *dst) {
    switch (width) {
    case 1: return decode_level_width(codes, n, 1, symbols, next, count, dst);
    case 2: return decode_level_width(codes, n, 2, symbols, next, count, dst);
    case 3: return decode_level_width(codes, n, 3, symbols, next, count, dst);
    default: return decode_level_width(codes, n, 4, symbols, next, count, dst);
    }
}

// The first level, put together with the copied bits.
TIERS_TARGET TIERS_INLINE int decode_first(const int kind, const int to_float, const int width, const uint8_t *copied,
                                           const uint8_t *codes, const uint8_t *symbols, const uint8_t *next,
                                           size_t count, uint8_t *dst, size_t n) {
    const size_t element = kind == VARVE_F32 ? 4 : kind == VARVE_BYTES ? 1 : 2, result = to_float ? 4 : element;
    const uint8_t *bits = copied, *low = kind == VARVE_F16 ? copied + tiers_groups(n) * 24 : copied;
    bytes64 table = load16(symbols);
    size_t position = 0;
    int ok = 1;
    for (size_t i = 0; i < n; i += 64, codes += 8 * width, bits += 24) {
        bytes64 planes[4];
        size_t here = n - i < 64 ? n - i : 64;
        uint64_t places = here == 64 ? ~(uint64_t)0 : ((uint64_t)1 << here) - 1;
        bytes64 top = decode_group(codes, width, table, symbols, places, next, &position, count, &ok);
        if (!ok) return 0;
        if (kind == VARVE_F16)
            for (int b = 0; b < 3; b++) top = set(top, tiers_word(bits + 8 * b), (uint8_t)(1 << b));
        planes[element - 1] = top;
        for (size_t p = 0; p + 1 < element; p++) {
            if (here == 64) planes[p] = load(low + p * n + i);
            else {
                uint8_t bytes[64];
                memset(bytes, 0, sizeof bytes);
                memcpy(bytes, low + p * n + i, here);
                planes[p] = load(bytes);
            }
        }
        if (kind == VARVE_BYTES && here == 64) store(dst + i, top);
        else if (here == 64) join(kind, to_float, planes, dst + i * result);
        else {
            uint8_t bytes[256];
            if (kind == VARVE_BYTES) store(bytes, top);
            else join(kind, to_float, planes, bytes);
            memcpy(dst + i * result, bytes, here * result);
        }
    }
    return position == count;
}

#define TIERS_FIRST(kind, to_float)                                                                                       \
    switch (plan->width[0]) {                                                                                             \
    case 1: return decode_first(kind, to_float, 1, body, codes, symbols, next, count, dst, n);                            \
    case 2: return decode_first(kind, to_float, 2, body, codes, symbols, next, count, dst, n);                            \
    case 3: return decode_first(kind, to_float, 3, body, codes, symbols, next, count, dst, n);                            \
    default: return decode_first(kind, to_float, 4, body, codes, symbols, next, count, dst, n);                           \
    }

TIERS_TARGET static int decode_body(int kind, int to_float, const tiers_plan *plan, const uint8_t *body, uint8_t *dst,
                                    size_t n, uint8_t *work) {
    const uint8_t *codes = body + tiers_copied(kind, n), *starts[TIERS_LEVELS + 1];
    for (int l = 0; l <= plan->count; l++) {
        starts[l] = codes;
        if (l < plan->count) codes += tiers_level_bytes(plan->codes[l], plan->width[l]);
    }
    uint8_t *next = tiers_stream(work, n, plan->count & 1);
    size_t count = plan->codes[plan->count];
    memcpy(next, starts[plan->count], count);
    for (int l = plan->count - 1; l > 0; l--) {
        uint8_t *expanded = tiers_stream(work, n, l & 1);
        if (!decode_level(starts[l], plan->codes[l], plan->width[l], plan->symbols[l], next, count, expanded)) return 0;
        next = expanded;
        count = plan->codes[l];
    }
    const uint8_t *symbols = plan->symbols[0];
    codes = starts[0];
    if (kind == VARVE_F32) TIERS_FIRST(VARVE_F32, 0)
    if (kind == VARVE_BYTES) TIERS_FIRST(VARVE_BYTES, 0)
    if (kind == VARVE_F16 && to_float) TIERS_FIRST(VARVE_F16, 1)
    if (kind == VARVE_F16) TIERS_FIRST(VARVE_F16, 0)
    if (to_float) TIERS_FIRST(VARVE_BF16, 1)
    TIERS_FIRST(VARVE_BF16, 0)
}
