#include "packed.h"
#include <string.h>

#include "isa.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

size_t varve_bits_put(uint8_t *dst, size_t at, const uint32_t *src, size_t n, int bits) {
    for (size_t i = 0; i < n; i++, at += (size_t)bits) {
        uint64_t word;
        memcpy(&word, dst + at / 8, 8);
        word |= (uint64_t)src[i] << (at % 8);
        memcpy(dst + at / 8, &word, 8);
    }
    return at;
}

static void bits_get(const uint8_t *src, size_t length, size_t at, uint32_t *dst, size_t n, int bits) {
    uint64_t mask = ((uint64_t)1 << bits) - 1;
    size_t i = 0;
    for (; i < n && at / 8 + 8 <= length; i++, at += (size_t)bits) {
        uint64_t word;
        memcpy(&word, src + at / 8, 8);
        dst[i] = (uint32_t)(word >> (at % 8) & mask);
    }
    for (; i < n; i++, at += (size_t)bits) {
        uint64_t word = 0;
        if (at / 8 < length) memcpy(&word, src + at / 8, length - at / 8 < 8 ? length - at / 8 : 8);
        dst[i] = (uint32_t)(word >> (at % 8) & mask);
    }
}

#if defined(__x86_64__)
// Sixteen numbers take 2 · bits whole bytes, so each lane finds its four bytes at the same place of every load. A number of up to 25
// bits lies in four bytes wherever it begins.
__attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi"))) static void bits_get_wide(
    const uint8_t *src, size_t length, size_t at, uint32_t *dst, size_t n, int bits) {
    const __m512i lane = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    __m512i bit = _mm512_add_epi32(_mm512_mullo_epi32(lane, _mm512_set1_epi32(bits)), _mm512_set1_epi32((int)(at % 8)));
    __m512i places = _mm512_add_epi32(_mm512_mullo_epi32(_mm512_srli_epi32(bit, 3), _mm512_set1_epi32(0x01010101)),
                                      _mm512_set1_epi32(0x03020100));
    __m512i shift = _mm512_and_si512(bit, _mm512_set1_epi32(7)), mask = _mm512_set1_epi32((int)((1u << bits) - 1));
    size_t byte = at / 8, i = 0, step = 2 * (size_t)bits;
#define NUMBERS(bytes) _mm512_and_si512(_mm512_srlv_epi32(_mm512_permutexvar_epi8(places, bytes), shift), mask)
    for (; i + 16 <= n && byte + 64 <= length; i += 16, byte += step)
        _mm512_storeu_si512(dst + i, NUMBERS(_mm512_loadu_si512(src + byte)));
    for (; i < n; i += 16, byte += step) {
        size_t left = byte < length ? length - byte : 0;
        __mmask64 there = left >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << left) - 1;
        __mmask16 wanted = n - i >= 16 ? (__mmask16)0xFFFF : (__mmask16)((1u << (n - i)) - 1);
        // Without a byte to read the address itself may lie outside.
        __m512i bytes = there ? _mm512_maskz_loadu_epi8(there, src + byte) : _mm512_setzero_si512();
        _mm512_mask_storeu_epi32(dst + i, wanted, NUMBERS(bytes));
    }
#undef NUMBERS
}
#endif

void varve_bits_get(const uint8_t *src, size_t length, size_t at, uint32_t *dst, size_t n, int bits) {
#if defined(__x86_64__)
    if (bits <= 25 && n >= 8 && varve_isa() == VARVE_AVX512) return bits_get_wide(src, length, at, dst, n, bits);
#endif
    bits_get(src, length, at, dst, n, bits);
}

static inline uint32_t get(const uint8_t *p, int element) {
    uint32_t v = 0;
    memcpy(&v, p, (size_t)element);
    return v;
}
static inline uint32_t type_mask(int element) { return element == 4 ? UINT32_MAX : (1u << (8 * element)) - 1; }
static int bit_length(uint32_t v) { return v ? 32 - __builtin_clz(v) : 0; }
// The difference as a signed number of the type, small ones either way to small numbers.
static inline uint32_t zigzag(uint32_t v, uint32_t before, int element) {
    int shift = 32 - 8 * element;
    int32_t d = (int32_t)((v - before) << shift) >> shift;
    return ((uint32_t)d << 1 ^ (uint32_t)(d >> 31)) & type_mask(element);
}
static inline uint32_t unzigzag(uint32_t t) { return t >> 1 ^ (0u - (t & 1)); }

// Used places of a row; -1 where one follows an unused one.
static long used(const uint8_t *row, size_t width, int element) {
    size_t count = 0;
    while (count < width && get(row + count * (size_t)element, element) != UINT32_MAX) count++;
    for (size_t j = count; j < width; j++)
        if (get(row + j * (size_t)element, element) != UINT32_MAX) return -1;
    return (long)count;
}

size_t varve_packed_encode(int element, int flags, int whole, const uint8_t *src, size_t rows, size_t width,
                           uint8_t *dst, size_t capacity) {
    int latents = flags & VARVE_LATENTS, delta = flags & VARVE_DELTA;
    if (latents && element != 4) return 0;
    size_t e = (size_t)element, header = latents ? VARVE_LATENTS_HEADER : VARVE_PACKED_HEADER;
    // What is there, in one pass: ranges of the numbers and of the rows' counts.
    uint32_t low = UINT32_MAX, high = 0, count_low = UINT32_MAX, count_high = 0, before = 0;
    uint32_t first = 0;
    size_t total = 0;
    for (size_t r = 0; r < rows; r++) {
        const uint8_t *row = src + r * width * e;
        long count = latents ? used(row, width, element) : (long)width;
        if (count < 0) return 0;
        if ((uint32_t)count < count_low) count_low = (uint32_t)count;
        if ((uint32_t)count > count_high) count_high = (uint32_t)count;
        for (long j = 0; j < count; j++) {
            uint32_t v = get(row + (size_t)j * e, element);
            if (total == 0) before = first = v;
            uint32_t t = delta ? zigzag(v, before, element) : v;
            if (t < low) low = t;
            if (t > high) high = t;
            before = v;
            total++;
        }
    }
    if (total == 0) low = high = 0;
    if (rows == 0) count_low = 0;
    uint32_t base = delta ? first : low;
    int bits = bit_length(delta ? high : high - low);
    if (whole) bits = (bits + 7) / 8 * 8;
    int count_bits = latents ? bit_length(count_high - count_low) : 0;
    if (whole) count_bits = (count_bits + 7) / 8 * 8;
    size_t count_bytes = (rows * (size_t)count_bits + 7) / 8;
    size_t payload = count_bytes + (total * (size_t)bits + 7) / 8;
    // Numbers are put in words of eight bytes.
    if (payload > UINT32_MAX || header + payload + 8 > capacity) return 0;
    uint32_t length = (uint32_t)payload;
    dst[0] = (uint8_t)flags;
    dst[1] = (uint8_t)bits;
    memcpy(dst + 2, &base, 4);
    memcpy(dst + 6, &length, 4);
    memset(dst + header, 0, payload + 8);
    if (latents) {
        dst[10] = (uint8_t)count_bits;
        memcpy(dst + 11, &count_low, 4);
    }
    size_t at = 0, count_at = 0;
    before = first;
    for (size_t r = 0; r < rows; r++) {
        const uint8_t *row = src + r * width * e;
        uint32_t count = latents ? (uint32_t)used(row, width, element) : (uint32_t)width;
        if (count_bits) {
            uint32_t packed = count - count_low;
            count_at = varve_bits_put(dst + header, count_at, &packed, 1, count_bits);
        }
        for (uint32_t j = 0; j < count && bits; j++) {
            uint32_t v = get(row + j * e, element);
            uint32_t t = delta ? zigzag(v, before, element) : v - low;
            before = v;
            at = varve_bits_put(dst + header + count_bytes, at, &t, 1, bits);
        }
    }
    return header + payload;
}

// n numbers of the type from packed ones, as many as a piece of the stack holds at a time.
static void unpack(int element, int delta, uint32_t base, uint32_t *before, const uint8_t *src, size_t length, size_t at,
                   size_t n, int bits, uint8_t *dst) {
    uint32_t t[256];
    for (size_t i = 0; i < n; i += 256) {
        size_t here = n - i < 256 ? n - i : 256;
        varve_bits_get(src, length, at + i * (size_t)bits, t, here, bits);
        if (delta) {
            uint32_t v = *before;
            for (size_t j = 0; j < here; j++) t[j] = v += unzigzag(t[j]);
            *before = v;
        } else
            for (size_t j = 0; j < here; j++) t[j] += base;
        uint8_t *out = dst + i * (size_t)element;
        if (element == 4) memcpy(out, t, here * 4);
        else if (element == 2)
            for (size_t j = 0; j < here; j++) {
                uint16_t v = (uint16_t)t[j];
                memcpy(out + 2 * j, &v, 2);
            }
        else
            for (size_t j = 0; j < here; j++) out[j] = (uint8_t)t[j];
    }
}

int varve_packed_decode(int element, const uint8_t *header, size_t header_length, const uint8_t *payload, size_t length,
                        size_t rows, size_t width, uint8_t *dst) {
    if (header_length < VARVE_PACKED_HEADER) return 0;
    int flags = header[0], bits = header[1], latents = flags & VARVE_LATENTS, delta = flags & VARVE_DELTA;
    uint32_t base, declared, count_base = 0;
    memcpy(&base, header + 2, 4);
    memcpy(&declared, header + 6, 4);
    if (flags & ~(VARVE_DELTA | VARVE_LZ4 | VARVE_LATENTS) || bits > 8 * element || declared != length) return 0;
    uint32_t before = base;
    if (!latents) {
        if ((rows * width * (size_t)bits + 7) / 8 != length) return 0;
        unpack(element, delta, base, &before, payload, length, 0, rows * width, bits, dst);
        return 1;
    }
    if (header_length < VARVE_LATENTS_HEADER || element != 4) return 0;
    int count_bits = header[10];
    memcpy(&count_base, header + 11, 4);
    if (count_bits > 32) return 0;
    size_t count_bytes = (rows * (size_t)count_bits + 7) / 8, at = 0, values = count_bytes;
    if (count_bytes > length) return 0;
    // Every place of every row is used: nothing separates the rows.
    if (count_bits == 0 && count_base == width) {
        if ((rows * width * (size_t)bits + 7) / 8 != length) return 0;
        unpack(4, delta, base, &before, payload, length, 0, rows * width, bits, dst);
        return 1;
    }
    for (size_t r = 0; r < rows; r++) {
        uint32_t packed = 0;
        varve_bits_get(payload, count_bytes, r * (size_t)count_bits, &packed, 1, count_bits);
        uint64_t count = (uint64_t)count_base + packed;
        if (count > width || (at + count * (size_t)bits + 7) / 8 > length - values) return 0;
        uint8_t *row = dst + r * width * 4;
        unpack(4, delta, base, &before, payload + values, length - values, at, (size_t)count, bits, row);
        at += (size_t)count * (size_t)bits;
        memset(row + count * 4, 0xFF, (width - (size_t)count) * 4);
    }
    return (at + 7) / 8 == length - values;
}
