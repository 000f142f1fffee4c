#include "values.h"
#include "packed.h"
#include "tiers.h"
#include <string.h>

enum { HEADER = 11, RANKS = 4096 };

size_t varve_values_work(size_t rows, size_t width) {
    // Counts and the row's last bits; differences and high bytes; what tiers need.
    return rows * 8 + rows * width * 5 + varve_tiers_work(rows * width) + 256;
}

typedef struct {
    uint32_t *counts, *before, *differences;
    uint8_t *high, *tiers;
} memory;

static memory divide(uint8_t *work, size_t rows, size_t width) {
    memory m;
    m.counts = (uint32_t *)work;
    m.before = m.counts + rows;
    m.differences = m.before + rows;
    m.high = (uint8_t *)(m.differences + rows * width);
    m.tiers = m.high + rows * width + 64;
    return m;
}

static inline uint32_t get(const uint8_t *p, int element) {
    if (element == 2) {
        uint16_t v;
        memcpy(&v, p, 2);
        return v;
    }
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}
static int bit_length(uint32_t v) { return v ? 32 - __builtin_clz(v) : 0; }

// Whether every row falls and ends in zeros; its counts, the largest first number.
static int survey(int element, const uint8_t *src, size_t rows, size_t width, memory m, uint32_t *top) {
    const uint32_t sign = element == 2 ? 0x8000u : 0x80000000u;
    *top = 0;
    for (size_t r = 0; r < rows; r++) {
        const uint8_t *row = src + r * width * (size_t)element;
        uint32_t before = get(row, element);
        if (before & sign) return 0;
        if (before > *top) *top = before;
        size_t count = 0;
        for (; count < width; count++) {
            uint32_t v = get(row + count * (size_t)element, element);
            if (v > before) return 0;
            if (v == 0) break;
            before = v;
        }
        for (size_t j = count; j < width; j++)
            if (get(row + j * (size_t)element, element)) return 0;
        m.counts[r] = (uint32_t)count;
    }
    return 1;
}

// Low bits that leave high bytes with about a bit and a half of entropy: those of ln 2 × the mean.
static int shift_of(uint64_t sum, uint32_t largest, size_t count) {
    int shift = bit_length((uint32_t)(sum * 7 / 10 / (count ? count : 1)));
    shift = shift > 0 ? shift - 1 : 0;
    int least = bit_length(largest) - 8;
    return shift > least ? shift : least;
}

size_t varve_values_encode(int element, const uint8_t *src, size_t rows, size_t width, uint8_t *dst, size_t capacity,
                           uint8_t *work) {
    if (rows == 0 || width == 0 || width > RANKS) return 0;
    memory m = divide(work, rows, width);
    uint32_t top;
    if (!survey(element, src, rows, width, m, &top)) return 0;
    uint32_t low = UINT32_MAX, most = 0;
    for (size_t r = 0; r < rows; r++) {
        if (m.counts[r] < low) low = m.counts[r];
        if (m.counts[r] > most) most = m.counts[r];
        m.before[r] = top;
    }
    int count_bits = bit_length(most - low);
    size_t count_bytes = (rows * (size_t)count_bits + 7) / 8, start = HEADER + most + count_bytes;
    // Bits are put in words of eight bytes.
    if (start + 8 > capacity) return 0;
    memset(dst, 0, start + 8);
    size_t at = 0;
    for (size_t r = 0; r < rows; r++) {
        uint32_t packed = m.counts[r] - low;
        at = varve_bits_put(dst + HEADER + most, at, &packed, 1, count_bits);
    }
    size_t total = 0, bit = 0, clean = start + 8;
    for (uint32_t j = 0; j < most; j++) {
        uint32_t *d = m.differences, largest = 0;
        uint64_t sum = 0;
        size_t here = 0;
        for (size_t r = 0; r < rows; r++) {
            if (m.counts[r] <= j) continue;
            uint32_t v = get(src + (r * width + j) * (size_t)element, element);
            d[here] = m.before[r] - v;
            m.before[r] = v;
            sum += d[here];
            if (d[here] > largest) largest = d[here];
            here++;
        }
        int shift = shift_of(sum, largest, here);
        dst[HEADER + j] = (uint8_t)shift;
        for (size_t i = 0; i < here; i++) {
            m.high[total + i] = (uint8_t)(d[i] >> shift);
            d[i] &= ((uint32_t)1 << shift) - 1;
        }
        size_t end = start + (bit + here * (size_t)shift + 7) / 8 + 8;
        if (end > capacity) return 0;
        if (end > clean) {
            memset(dst + clean, 0, end - clean);
            clean = end;
        }
        bit = varve_bits_put(dst + start, bit, d, here, shift);
        total += here;
    }
    size_t used = start + (bit + 7) / 8;
    if (total) {
        size_t high = varve_tiers_encode(VARVE_BYTES, m.high, total, dst + used, capacity - used, m.tiers);
        if (!high) return 0;
        used += high;
    }
    uint16_t ranks = (uint16_t)most;
    dst[0] = (uint8_t)count_bits;
    memcpy(dst + 1, &low, 4);
    memcpy(dst + 5, &top, 4);
    memcpy(dst + 9, &ranks, 2);
    return used;
}

int varve_values_decode(int element, const uint8_t *src, size_t length, size_t rows, size_t width, uint8_t *dst,
                        uint8_t *work) {
    if (length < HEADER || rows == 0 || width == 0) return 0;
    memory m = divide(work, rows, width);
    uint32_t low, top;
    uint16_t ranks;
    int count_bits = src[0];
    memcpy(&low, src + 1, 4);
    memcpy(&top, src + 5, 4);
    memcpy(&ranks, src + 9, 2);
    size_t count_bytes = (rows * (size_t)count_bits + 7) / 8, start = HEADER + (size_t)ranks + count_bytes;
    if (count_bits > 32 || ranks > width || start > length) return 0;
    varve_bits_get(src + HEADER + ranks, count_bytes, 0, m.counts, rows, count_bits);
    size_t total = 0;
    for (size_t r = 0; r < rows; r++) {
        uint64_t count = (uint64_t)m.counts[r] + low;
        if (count > ranks) return 0;
        m.counts[r] = (uint32_t)count;
        m.before[r] = top;
        total += count;
    }
    // Numbers of each rank: how many rows are longer.
    size_t low_bits = 0;
    uint32_t longer[RANKS + 1];
    if (ranks > RANKS) return 0;
    memset(longer, 0, ((size_t)ranks + 1) * 4);
    for (size_t r = 0; r < rows; r++) longer[m.counts[r]]++;
    for (int j = ranks - 1; j >= 0; j--) {
        longer[j] += longer[j + 1];
        int shift = src[HEADER + j];
        if (shift > 24) return 0;
        // Rows with a count of more than j.
        low_bits += (size_t)longer[j + 1] * (size_t)shift;
    }
    size_t low_bytes = (low_bits + 7) / 8, end = start + low_bytes;
    if (end > length) return 0;
    if (total == 0) {
        if (end != length) return 0;
    } else if (!varve_tiers_decode(VARVE_BYTES, src + end, length - end, m.high, total, m.tiers))
        return 0;
    memset(dst, 0, rows * width * (size_t)element);
    size_t at = 0, bit = 0;
    for (uint32_t j = 0; j < ranks; j++) {
        int shift = src[HEADER + j];
        size_t here = longer[j + 1];
        varve_bits_get(src + start, low_bytes, bit, m.differences, here, shift);
        bit += here * (size_t)shift;
        const uint32_t *d = m.differences;
        for (size_t r = 0; r < rows; r++) {
            if (m.counts[r] <= j) continue;
            uint32_t v = m.before[r] -= (uint32_t)m.high[at++] << shift | *d++;
            if (element == 4) memcpy(dst + (r * width + j) * 4, &v, 4);
            else {
                uint16_t half = (uint16_t)v;
                memcpy(dst + (r * width + j) * 2, &half, 2);
            }
        }
    }
    return 1;
}
