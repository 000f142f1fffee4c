#ifndef VARVE_SYSTEM_SQLITE_H
#define VARVE_SYSTEM_SQLITE_H
#include <sqlite3.h>

// sqlite3_db_config takes a variable list, which Swift can't call.

/// No SQL may write to shadow tables, the schema's text or the file behind SQLite's back.
static inline int varve_sqlite_defensive(sqlite3 *db) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
}
/// Neither SQL nor C may load an extension into this connection.
static inline int varve_sqlite_no_extensions(sqlite3 *db) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, (int *)0);
}
#endif
