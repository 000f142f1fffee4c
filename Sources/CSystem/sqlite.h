#ifndef VARVE_SYSTEM_SQLITE_H
#define VARVE_SYSTEM_SQLITE_H
#include <sqlite3.h>
#include <string.h>

// sqlite3_db_config takes a variable list, which Swift can't call.

/// No SQL may write to shadow tables, the schema's text or the file behind SQLite's back.
static inline int varve_sqlite_defensive(sqlite3 *db) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
}
/// Neither SQL nor C may load an extension into this connection.
static inline int varve_sqlite_no_extensions(sqlite3 *db) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, (int *)0);
}

/// Writes the first `count` values of the present row as a row's digest takes them: u8 0 for NULL, u8 1 and i64, u8 2 and
/// f64, u8 3 and a text, u8 4 and a blob, both with their u32 length. Gives the bytes that this takes; where they are more than
/// `capacity`, what was written is of no use. A call for each value from Swift would take half of a recovery's time.
static inline long long varve_row_bytes(sqlite3_stmt *row, int count, unsigned char *out, long long capacity) {
    long long used = 0;
    for (int column = 0; column < count; column++) {
        int type = sqlite3_column_type(row, column);
        const void *start = 0;
        unsigned char tag = 0;
        unsigned int length = 0;
        sqlite3_int64 number = 0;
        double real = 0;
        long long need = 1;
        switch (type) {
        case SQLITE_INTEGER: tag = 1; number = sqlite3_column_int64(row, column); need = 9; break;
        case SQLITE_FLOAT: tag = 2; real = sqlite3_column_double(row, column); need = 9; break;
        case SQLITE_TEXT: tag = 3; start = sqlite3_column_text(row, column); break;
        case SQLITE_BLOB: tag = 4; start = sqlite3_column_blob(row, column); break;
        default: break;
        }
        if (tag >= 3) {
            length = (unsigned int)sqlite3_column_bytes(row, column);
            need = 5 + (long long)length;
        }
        if (used + need <= capacity) {
            out[used] = tag;
            if (tag == 1) memcpy(out + used + 1, &number, 8);
            if (tag == 2) memcpy(out + used + 1, &real, 8);
            if (tag >= 3) {
                memcpy(out + used + 1, &length, 4);
                if (length > 0 && start) memcpy(out + used + 5, start, length);
            }
        }
        used += need;
    }
    return used;
}
#endif
