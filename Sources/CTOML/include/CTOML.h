// A C face for toml++: a text becomes a tree of nodes that know their line and column.
//
// Nothing here throws. Nodes belong to their document and are valid until it is freed.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctoml_document ctoml_document;
typedef struct ctoml_node ctoml_node;

typedef enum {
    CTOML_TABLE,
    CTOML_ARRAY,
    CTOML_STRING,
    CTOML_INTEGER,
    CTOML_FLOAT,
    CTOML_BOOLEAN,
    CTOML_DATE_OR_TIME,
} ctoml_kind;

// Both count from 1; 0 where toml++ does not know.
typedef struct {
    uint32_t line;
    uint32_t column;
} ctoml_position;

// Bytes that are not terminated and may hold any value.
typedef struct {
    const char *bytes;
    size_t count;
} ctoml_text;

// Never NULL unless memory ran out. A text with an error has no root.
ctoml_document *ctoml_parse(const char *bytes, size_t count);
void ctoml_free(ctoml_document *document);

// The table of the whole text, or NULL when it could not be parsed.
const ctoml_node *ctoml_root(const ctoml_document *document);
// What could not be parsed, for people; empty when there is a root.
ctoml_text ctoml_error(const ctoml_document *document);
ctoml_position ctoml_error_position(const ctoml_document *document);

ctoml_kind ctoml_node_kind(const ctoml_node *node);
ctoml_position ctoml_node_position(const ctoml_node *node);

// Tables and arrays: how many children, and each in the order of the text. Other kinds have none.
size_t ctoml_node_count(const ctoml_node *node);
const ctoml_node *ctoml_node_child(const ctoml_node *node, size_t index);
// The key that a table's child stands under, and where the key stands.
ctoml_text ctoml_node_key(const ctoml_node *node);
ctoml_position ctoml_node_key_position(const ctoml_node *node);

// The value of a node of that kind; zero or empty for another.
ctoml_text ctoml_node_string(const ctoml_node *node);
int64_t ctoml_node_integer(const ctoml_node *node);
double ctoml_node_float(const ctoml_node *node);
bool ctoml_node_boolean(const ctoml_node *node);

#ifdef __cplusplus
}
#endif
