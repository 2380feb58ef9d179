#include "CTOML.h"

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_WINDOWS_COMPAT 0
#define TOML_MAX_NESTED_VALUES 16

#include <algorithm>
#include <new>
#include <string>
#include <string_view>
#include <toml++/toml.h>
#include <vector>

struct ctoml_node {
    ctoml_kind kind = CTOML_TABLE;
    ctoml_position position = {0, 0};
    std::string key;
    ctoml_position key_position = {0, 0};
    std::string string;
    int64_t integer = 0;
    double floating = 0;
    bool boolean = false;
    std::vector<ctoml_node> children;
};

struct ctoml_document {
    bool parsed = false;
    ctoml_node root;
    std::string error;
    ctoml_position error_position = {1, 1};
};

namespace {

ctoml_position position(const toml::source_region &region) {
    return {region.begin.line, region.begin.column};
}

bool stands_before(const ctoml_node &left, const ctoml_node &right) {
    auto a = left.key_position, b = right.key_position;
    return a.line != b.line ? a.line < b.line : a.column < b.column;
}

// toml++ bounds how deep values nest but not how many parts a dotted key has, and takes trees apart by recursion: a line of
// sixty thousand dots ends the process. Some thousand levels, the most that these two bounds allow, do not.
constexpr size_t most_dots = 200;
constexpr size_t most_bytes = 1 << 20;

// Whether the text may be parsed; otherwise says why not.
bool is_sane(std::string_view text, ctoml_document &document) {
    if (text.size() > most_bytes) {
        document.error = "the text is longer than a megabyte";
        return false;
    }
    uint32_t line = 1;
    size_t dots = 0;
    for (char byte : text) {
        if (byte == '\n') {
            line++;
            dots = 0;
        } else if (byte == '.' && ++dots > most_dots) {
            document.error = "more than 200 dots in one line";
            document.error_position = {line, 1};
            return false;
        }
    }
    return true;
}

ctoml_node copy(const toml::node &source) {
    ctoml_node node;
    node.position = position(source.source());
    if (const auto *table = source.as_table()) {
        node.kind = CTOML_TABLE;
        for (auto &&[key, value] : *table) {
            ctoml_node child = copy(value);
            child.key = std::string(key.str());
            child.key_position = position(key.source());
            node.children.push_back(std::move(child));
        }
        std::sort(node.children.begin(), node.children.end(), stands_before);
    } else if (const auto *array = source.as_array()) {
        node.kind = CTOML_ARRAY;
        for (auto &&value : *array) node.children.push_back(copy(value));
    } else if (const auto *text = source.as_string()) {
        node.kind = CTOML_STRING;
        node.string = text->get();
    } else if (const auto *number = source.as_integer()) {
        node.kind = CTOML_INTEGER;
        node.integer = number->get();
    } else if (const auto *number = source.as_floating_point()) {
        node.kind = CTOML_FLOAT;
        node.floating = number->get();
    } else if (const auto *truth = source.as_boolean()) {
        node.kind = CTOML_BOOLEAN;
        node.boolean = truth->get();
    } else {
        node.kind = CTOML_DATE_OR_TIME;
    }
    return node;
}

ctoml_text text(const std::string &string) { return {string.data(), string.size()}; }

}  // namespace

ctoml_document *ctoml_parse(const char *bytes, size_t count) {
    auto *document = new (std::nothrow) ctoml_document;
    if (!document) return nullptr;
    try {
        auto source = std::string_view(count ? bytes : "", count);
        if (!is_sane(source, *document)) return document;
        auto result = toml::parse(source);
        if (result) {
            document->root = copy(result.table());
            document->parsed = true;
        } else {
            document->error = std::string(result.error().description());
            document->error_position = position(result.error().source());
        }
    } catch (...) {
        // Memory ran out half-way; saying so again might throw.
        delete document;
        return nullptr;
    }
    return document;
}

void ctoml_free(ctoml_document *document) { delete document; }

const ctoml_node *ctoml_root(const ctoml_document *document) {
    return document->parsed ? &document->root : nullptr;
}

ctoml_text ctoml_error(const ctoml_document *document) { return text(document->error); }
ctoml_position ctoml_error_position(const ctoml_document *document) { return document->error_position; }

ctoml_kind ctoml_node_kind(const ctoml_node *node) { return node->kind; }
ctoml_position ctoml_node_position(const ctoml_node *node) { return node->position; }
size_t ctoml_node_count(const ctoml_node *node) { return node->children.size(); }

const ctoml_node *ctoml_node_child(const ctoml_node *node, size_t index) {
    return index < node->children.size() ? &node->children[index] : nullptr;
}

ctoml_text ctoml_node_key(const ctoml_node *node) { return text(node->key); }
ctoml_position ctoml_node_key_position(const ctoml_node *node) { return node->key_position; }
ctoml_text ctoml_node_string(const ctoml_node *node) { return text(node->string); }
int64_t ctoml_node_integer(const ctoml_node *node) { return node->integer; }
double ctoml_node_float(const ctoml_node *node) { return node->floating; }
bool ctoml_node_boolean(const ctoml_node *node) { return node->boolean; }
