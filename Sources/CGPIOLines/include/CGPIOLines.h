// One face for libgpiod 1.6 and 2.x: one requested line is one object with one file descriptor.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define GPIO_TEXT_SIZE 64

struct gpio_line;

enum gpio_bias { gpio_bias_as_is, gpio_bias_disabled, gpio_bias_pull_up, gpio_bias_pull_down };
enum gpio_drive { gpio_drive_push_pull, gpio_drive_open_drain, gpio_drive_open_source };

struct gpio_wish {
    /// Where the chips' device files are: "/dev".
    const char *directory;
    /// Path, name ("gpiochip0") or label; NULL searches all chips for the line's name.
    const char *chip;
    /// NULL when the line is given by its offset.
    const char *name;
    unsigned int offset;
    bool output;
    bool active_low;
    enum gpio_bias bias;
    enum gpio_drive drive;
    /// How long the kernel shall wait until a level stands, in microseconds; 0 for edges as they come.
    unsigned int debounce;
};

/// What could not be done; the names of the errors are those of errno.
enum gpio_stage {
    gpio_stage_none,
    /// There is no GPIO chip at all, or none that may be opened.
    gpio_stage_no_chips,
    /// There are chips, but not this one.
    gpio_stage_find_chip,
    gpio_stage_open_chip,
    gpio_stage_find_line,
    gpio_stage_request,
};

struct gpio_failure {
    enum gpio_stage stage;
    int code;
    /// The chip that was found, when one was; who holds the line, when it is busy.
    char chip[GPIO_TEXT_SIZE];
    char consumer[GPIO_TEXT_SIZE];
};

struct gpio_edge {
    bool active;
    /// The kernel's time of the edge on CLOCK_MONOTONIC.
    int64_t nanoseconds;
};

/// Requests a line as an output that is inactive or as an input with both edges; NULL and `failure` filled when it cannot.
struct gpio_line *gpio_line_request(const struct gpio_wish *wish, struct gpio_failure *failure);
/// Gives the line back; an output is made inactive first.
void gpio_line_release(struct gpio_line *line);
/// Readable when an input saw an edge; -1 for outputs.
int gpio_line_descriptor(const struct gpio_line *line);
/// Whether the kernel debounces it as wished; an edge's time is then when the level had stood for long enough.
bool gpio_line_debounced(const struct gpio_line *line);
const char *gpio_line_chip(const struct gpio_line *line);
/// Reads up to `capacity` waiting edges without blocking: their count, or -1 with errno.
int gpio_line_read(struct gpio_line *line, struct gpio_edge *edges, int capacity);
/// 1 active, 0 inactive, -1 with errno.
int gpio_line_value(struct gpio_line *line);
/// 0, or -1 with errno.
int gpio_line_set(struct gpio_line *line, bool active);
/// Which version of the library this was built for: 1 or 2.
int gpio_library_version(void);
