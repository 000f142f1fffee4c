#include "tiers_common.h"
#include "isa.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the chunk format is little-endian and so are its kernels"
#endif

static const tiers_kernels *kernels(void) {
#if defined(__x86_64__)
    switch (varve_isa()) {
    case VARVE_AVX512: return &tiers_avx512;
    case VARVE_AVX2: return &tiers_avx2;
    default: break;
    }
#endif
    return &tiers_portable;
}

size_t varve_tiers_work(size_t n) { return 2 * (n + 128); }

// MARK: which symbols, which widths

static void count_group(int kind, const uint8_t *src, size_t n, uint32_t *counts) {
    if (kind == VARVE_BYTES) {
        for (size_t i = 0; i < n; i++) counts[src[i]]++;
    } else if (kind == VARVE_F32) {
        for (size_t i = 0; i < n; i++) {
            uint32_t v;
            memcpy(&v, src + 4 * i, 4);
            counts[(v >> 23) & 0xFF]++;
        }
    } else {
        for (size_t i = 0; i < n; i++) {
            uint16_t v;
            memcpy(&v, src + 2 * i, 2);
            counts[kind == VARVE_BF16 ? (v >> 7) & 0xFF : (v >> 7) & 0xF8]++;
        }
    }
}

// Counts coded bytes in an eighth of the groups of 64, 16 to 32 of them, spread so that no width of a row makes them miss a
// column for good.
static uint32_t sample(int kind, const uint8_t *src, size_t n, uint32_t *counts) {
    size_t element = tiers_element(kind), groups = n / 64, looked = groups / 8, stride;
    looked = looked < 16 ? 16 : looked > 32 ? 32 : looked;
    stride = groups / looked;
    if (stride < 2) {
        count_group(kind, src, n, counts);
        return (uint32_t)n;
    }
    uint32_t total = 0;
    for (size_t i = 0; (i + 1) * stride <= groups; i++) {
        size_t group = i * stride + (i * 0x9E3779B1u >> 7) % stride;
        count_group(kind, src + group * 64 * element, 64, counts);
        total += 64;
    }
    return total;
}

// Falling counts, equal ones by rising symbol; symbols that did not occur follow, so that every place has its own.
static int rank(int kind, const uint32_t *counts, uint8_t *symbols, uint32_t *sorted) {
    int step = kind == VARVE_F16 ? 8 : 1, found = 0;
    for (int s = 0; s < 256; s += step) {
        if (!counts[s]) continue;
        int place = found++;
        for (; place > 0 && sorted[place - 1] < counts[s]; place--) {
            sorted[place] = sorted[place - 1];
            symbols[place] = symbols[place - 1];
        }
        sorted[place] = counts[s];
        symbols[place] = (uint8_t)s;
    }
    int next = found;
    for (int s = 0; s < 256; s += step)
        if (!counts[s]) symbols[next++] = (uint8_t)s;
    return found;
}

// The chain of widths with the fewest bits for the sampled counts. cost[l][r]: levels l… for what has rank ≥ r.
static void choose(int kind, const uint32_t *sorted, int found, const uint8_t *symbols, uint32_t total,
                   tiers_plan *plan) {
    int places = kind == VARVE_F16 ? 32 : 256;
    uint32_t mass[257];
    mass[found] = 0;
    for (int r = found - 1; r >= 0; r--) mass[r] = mass[r + 1] + sorted[r];
    uint32_t cost[TIERS_LEVELS + 1][257];
    uint8_t width[TIERS_LEVELS][257];
    for (int r = 0; r <= found; r++) cost[TIERS_LEVELS][r] = 8 * mass[r];
    for (int l = TIERS_LEVELS - 1; l >= 0; l--)
        for (int r = 0; r <= found; r++) {
            cost[l][r] = l == 0 ? UINT32_MAX : 8 * mass[r];
            width[l][r] = 0;
            for (int w = 1; w <= 4; w++) {
                int next = r + (1 << w) - 1;
                if (next > places) break;
                // A level costs the reader a pass: it must save 1/64 of a bit a number.
                uint32_t bits = (uint32_t)w * mass[r] + cost[l + 1][next < found ? next : found] + total / 64;
                if (bits < cost[l][r]) {
                    cost[l][r] = bits;
                    width[l][r] = (uint8_t)w;
                }
            }
        }
    int r = 0;
    plan->count = 0;
    for (int l = 0; l < TIERS_LEVELS; l++) {
        int at = r < found ? r : found, w = width[l][at];
        if (!w || r + (1 << w) - 1 > places) break;
        plan->width[l] = w;
        memcpy(plan->symbols[l], symbols + r, ((size_t)1 << w) - 1);
        plan->count++;
        r += (1 << w) - 1;
    }
}

size_t varve_tiers_encode(int kind, const uint8_t *src, size_t n, uint8_t *dst, size_t capacity, uint8_t *work) {
    if (n == 0 || n > UINT32_MAX) return 0;
    uint32_t counts[256] = {0}, sorted[256];
    uint8_t symbols[256];
    tiers_plan plan;
    uint32_t total = sample(kind, src, n, counts);
    int found = rank(kind, counts, symbols, sorted);
    choose(kind, sorted, found, symbols, total, &plan);
    size_t header = tiers_header_bytes(&plan);
    if (header > capacity) return 0;
    size_t body = kernels()->encode(kind, src, n, dst + header, capacity - header, work, &plan);
    if (!body) return 0;
    uint8_t *p = dst;
    *p++ = (uint8_t)plan.count;
    for (int l = 0; l <= plan.count; l++) {
        if (l < plan.count) *p++ = (uint8_t)plan.width[l];
        uint32_t codes = (uint32_t)plan.codes[l];
        memcpy(p, &codes, 4);
        p += 4;
    }
    for (int l = 0; l < plan.count; l++) {
        size_t symbols_here = ((size_t)1 << plan.width[l]) - 1;
        memcpy(p, plan.symbols[l], symbols_here);
        p += symbols_here;
    }
    return header + body;
}

// Reads the header and checks that the streams it tells of fill the rest exactly; 0 where they don't.
static int parse(int kind, const uint8_t *src, size_t length, size_t n, tiers_plan *plan, size_t *header) {
    if (n == 0 || n > UINT32_MAX || length < 5) return 0;
    plan->count = src[0];
    if (plan->count < 1 || plan->count > TIERS_LEVELS) return 0;
    size_t at = 1, symbols = 0, body = tiers_copied(kind, n), before = n;
    if (length < 5 + 5 * (size_t)plan->count) return 0;
    for (int l = 0; l <= plan->count; l++) {
        if (l < plan->count) plan->width[l] = src[at++];
        uint32_t codes;
        memcpy(&codes, src + at, 4);
        at += 4;
        // The first level has all numbers, each other one some of those before.
        if (codes > before || (l == 0 && codes != n)) return 0;
        plan->codes[l] = before = codes;
        if (l == plan->count) {
            body += codes;
            break;
        }
        if (plan->width[l] < 1 || plan->width[l] > 4) return 0;
        symbols += ((size_t)1 << plan->width[l]) - 1;
        body += tiers_level_bytes(codes, plan->width[l]);
    }
    if (length < at + symbols || length - at - symbols != body) return 0;
    memset(plan->symbols, 0, sizeof plan->symbols);
    for (int l = 0; l < plan->count; l++) {
        size_t here = ((size_t)1 << plan->width[l]) - 1;
        memcpy(plan->symbols[l], src + at, here);
        at += here;
    }
    *header = at;
    return 1;
}

int varve_tiers_decode(int kind, const uint8_t *src, size_t length, uint8_t *dst, size_t n, uint8_t *work) {
    tiers_plan plan;
    size_t header;
    if (!parse(kind, src, length, n, &plan, &header)) return 0;
    return kernels()->decode(kind, 0, &plan, src + header, dst, n, work);
}

int varve_tiers_decode_floats(int kind, const uint8_t *src, size_t length, float *dst, size_t n, uint8_t *work) {
    tiers_plan plan;
    size_t header;
    if (!parse(kind, src, length, n, &plan, &header)) return 0;
    return kernels()->decode(kind, kind != VARVE_F32, &plan, src + header, (uint8_t *)dst, n, work);
}
