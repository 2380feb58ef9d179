// libgpiod changed its whole API between 1.6 (Debian 12) and 2 (Debian 13, Raspberry Pi OS). Only version 1's header
// defines GPIOD_BIT. What both versions need is at the end, after `struct gpio_line` and the dozen functions that differ.
#define _GNU_SOURCE
#include "CGPIOLines.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gpiod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONSUMER "portier"
#define MAXIMUM_EDGES 16

static void copy_text(char target[GPIO_TEXT_SIZE], const char *source) {
    snprintf(target, GPIO_TEXT_SIZE, "%s", source ? source : "");
}

#ifdef GPIOD_BIT

struct gpio_line {
    struct gpiod_chip *chip;
    struct gpiod_line *line;
    char name[GPIO_TEXT_SIZE];
    bool output;
};

int gpio_library_version(void) { return 1; }

static bool chip_is_called(struct gpiod_chip *chip, const char *name) {
    return strcmp(gpiod_chip_name(chip), name) == 0 || strcmp(gpiod_chip_label(chip), name) == 0;
}

static void copy_chip_name(struct gpiod_chip *chip, char target[GPIO_TEXT_SIZE]) { copy_text(target, gpiod_chip_name(chip)); }

/// The offset of the line called `name`; -1 when the chip has none.
static int find_offset(struct gpiod_chip *chip, const char *name) {
    unsigned int count = gpiod_chip_num_lines(chip);
    for (unsigned int offset = 0; offset < count; offset++) {
        struct gpiod_line *line = gpiod_chip_get_line(chip, offset);
        const char *found = line ? gpiod_line_name(line) : NULL;
        if (found && strcmp(found, name) == 0) return (int)offset;
    }
    return -1;
}

static bool has_offset(struct gpiod_chip *chip, unsigned int offset) { return offset < gpiod_chip_num_lines(chip); }

static int request(struct gpio_line *line, const struct gpio_wish *wish, unsigned int offset) {
    static const int bias[] = {
        [gpio_bias_as_is] = 0,
        [gpio_bias_disabled] = GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE,
        [gpio_bias_pull_up] = GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP,
        [gpio_bias_pull_down] = GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN,
    };
    static const int drive[] = {
        [gpio_drive_push_pull] = 0,
        [gpio_drive_open_drain] = GPIOD_LINE_REQUEST_FLAG_OPEN_DRAIN,
        [gpio_drive_open_source] = GPIOD_LINE_REQUEST_FLAG_OPEN_SOURCE,
    };
    line->line = gpiod_chip_get_line(line->chip, offset);
    if (!line->line) return -1;
    struct gpiod_line_request_config config = {
        .consumer = CONSUMER,
        .request_type = wish->output ? GPIOD_LINE_REQUEST_DIRECTION_OUTPUT : GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES,
        .flags = bias[wish->bias] | (wish->output ? drive[wish->drive] : 0)
            | (wish->active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0),
    };
    if (gpiod_line_request(line->line, &config, 0) < 0) return -1;
    if (!wish->output) {
        int descriptor = gpiod_line_event_get_fd(line->line);
        int flags = fcntl(descriptor, F_GETFL);
        if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0) return -1;
    }
    return 0;
}

static void copy_consumer(struct gpiod_chip *chip, unsigned int offset, char target[GPIO_TEXT_SIZE]) {
    struct gpiod_line *line = gpiod_chip_get_line(chip, offset);
    copy_text(target, line && gpiod_line_update(line) == 0 ? gpiod_line_consumer(line) : NULL);
}

static void give_back(struct gpio_line *line) {
    if (line->line && gpiod_line_is_requested(line->line)) gpiod_line_release(line->line);
    if (line->chip) gpiod_chip_close(line->chip);
}

int gpio_line_descriptor(const struct gpio_line *line) { return line->output ? -1 : gpiod_line_event_get_fd(line->line); }

int gpio_line_read(struct gpio_line *line, struct gpio_edge *edges, int capacity) {
    struct gpiod_line_event events[MAXIMUM_EDGES];
    unsigned int wanted = capacity < MAXIMUM_EDGES ? (unsigned int)capacity : MAXIMUM_EDGES;
    int count = gpiod_line_event_read_multiple(line->line, events, wanted);
    if (count < 0) return errno == EAGAIN ? 0 : -1;
    for (int index = 0; index < count; index++) {
        edges[index].active = events[index].event_type == GPIOD_LINE_EVENT_RISING_EDGE;
        edges[index].nanoseconds = events[index].ts.tv_sec * INT64_C(1000000000) + events[index].ts.tv_nsec;
    }
    return count;
}

// The interface of the kernel that version 1 speaks to knows no debouncing.
bool gpio_line_debounced(const struct gpio_line *line) {
    (void)line;
    return false;
}

int gpio_line_value(struct gpio_line *line) { return gpiod_line_get_value(line->line); }

int gpio_line_set(struct gpio_line *line, bool active) { return gpiod_line_set_value(line->line, active); }

#else

struct gpio_line {
    struct gpiod_chip *chip;
    struct gpiod_line_request *request;
    struct gpiod_edge_event_buffer *events;
    unsigned int offset;
    char name[GPIO_TEXT_SIZE];
    bool output;
    bool debounced;
};

int gpio_library_version(void) { return 2; }

static bool chip_is_called(struct gpiod_chip *chip, const char *name) {
    struct gpiod_chip_info *info = gpiod_chip_get_info(chip);
    if (!info) return false;
    bool same = strcmp(gpiod_chip_info_get_name(info), name) == 0 || strcmp(gpiod_chip_info_get_label(info), name) == 0;
    gpiod_chip_info_free(info);
    return same;
}

static void copy_chip_name(struct gpiod_chip *chip, char target[GPIO_TEXT_SIZE]) {
    struct gpiod_chip_info *info = gpiod_chip_get_info(chip);
    copy_text(target, info ? gpiod_chip_info_get_name(info) : NULL);
    if (info) gpiod_chip_info_free(info);
}

/// The offset of the line called `name`; -1 when the chip has none.
static int find_offset(struct gpiod_chip *chip, const char *name) { return gpiod_chip_get_line_offset_from_name(chip, name); }

static bool has_offset(struct gpiod_chip *chip, unsigned int offset) {
    struct gpiod_chip_info *info = gpiod_chip_get_info(chip);
    if (!info) return false;
    bool has = offset < gpiod_chip_info_get_num_lines(info);
    gpiod_chip_info_free(info);
    return has;
}

static int configure(struct gpiod_line_settings *settings, const struct gpio_wish *wish, unsigned int debounce) {
    static const enum gpiod_line_bias bias[] = {
        [gpio_bias_as_is] = GPIOD_LINE_BIAS_AS_IS,
        [gpio_bias_disabled] = GPIOD_LINE_BIAS_DISABLED,
        [gpio_bias_pull_up] = GPIOD_LINE_BIAS_PULL_UP,
        [gpio_bias_pull_down] = GPIOD_LINE_BIAS_PULL_DOWN,
    };
    static const enum gpiod_line_drive drive[] = {
        [gpio_drive_push_pull] = GPIOD_LINE_DRIVE_PUSH_PULL,
        [gpio_drive_open_drain] = GPIOD_LINE_DRIVE_OPEN_DRAIN,
        [gpio_drive_open_source] = GPIOD_LINE_DRIVE_OPEN_SOURCE,
    };
    gpiod_line_settings_set_active_low(settings, wish->active_low);
    if (gpiod_line_settings_set_bias(settings, bias[wish->bias]) < 0) return -1;
    if (!wish->output) {
        if (gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_INPUT) < 0) return -1;
        gpiod_line_settings_set_debounce_period_us(settings, debounce);
        if (gpiod_line_settings_set_event_clock(settings, GPIOD_LINE_CLOCK_MONOTONIC) < 0) return -1;
        return gpiod_line_settings_set_edge_detection(settings, GPIOD_LINE_EDGE_BOTH);
    }
    if (gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_OUTPUT) < 0) return -1;
    if (gpiod_line_settings_set_drive(settings, drive[wish->drive]) < 0) return -1;
    return gpiod_line_settings_set_output_value(settings, GPIOD_LINE_VALUE_INACTIVE);
}

static int request_debounced(
    struct gpio_line *line, const struct gpio_wish *wish, unsigned int offset, unsigned int debounce) {
    struct gpiod_line_settings *settings = gpiod_line_settings_new();
    struct gpiod_line_config *lines = gpiod_line_config_new();
    struct gpiod_request_config *config = gpiod_request_config_new();
    if (settings && lines && config && configure(settings, wish, debounce) == 0
        && gpiod_line_config_add_line_settings(lines, &offset, 1, settings) == 0) {
        gpiod_request_config_set_consumer(config, CONSUMER);
        line->request = gpiod_chip_request_lines(line->chip, config, lines);
    }
    int code = errno;
    if (settings) gpiod_line_settings_free(settings);
    if (lines) gpiod_line_config_free(lines);
    if (config) gpiod_request_config_free(config);
    errno = code;
    return line->request ? 0 : -1;
}

static int request(struct gpio_line *line, const struct gpio_wish *wish, unsigned int offset) {
    line->offset = offset;
    line->events = gpiod_edge_event_buffer_new(MAXIMUM_EDGES);
    if (!line->events) return -1;
    unsigned int debounce = wish->output ? 0 : wish->debounce;
    line->debounced = debounce > 0 && request_debounced(line, wish, offset, debounce) == 0;
    if (line->debounced) return 0;
    // A kernel that cannot debounce refuses the whole request.
    return request_debounced(line, wish, offset, 0);
}

bool gpio_line_debounced(const struct gpio_line *line) { return line->debounced; }

static void copy_consumer(struct gpiod_chip *chip, unsigned int offset, char target[GPIO_TEXT_SIZE]) {
    struct gpiod_line_info *info = gpiod_chip_get_line_info(chip, offset);
    copy_text(target, info ? gpiod_line_info_get_consumer(info) : NULL);
    if (info) gpiod_line_info_free(info);
}

static void give_back(struct gpio_line *line) {
    if (line->request) gpiod_line_request_release(line->request);
    if (line->events) gpiod_edge_event_buffer_free(line->events);
    if (line->chip) gpiod_chip_close(line->chip);
}

int gpio_line_descriptor(const struct gpio_line *line) {
    return line->output ? -1 : gpiod_line_request_get_fd(line->request);
}

int gpio_line_read(struct gpio_line *line, struct gpio_edge *edges, int capacity) {
    // The descriptor may block; ask before reading.
    int waiting = gpiod_line_request_wait_edge_events(line->request, 0);
    if (waiting <= 0) return waiting;
    size_t wanted = capacity < MAXIMUM_EDGES ? (size_t)capacity : MAXIMUM_EDGES;
    int count = gpiod_line_request_read_edge_events(line->request, line->events, wanted);
    for (int index = 0; index < count; index++) {
        struct gpiod_edge_event *event = gpiod_edge_event_buffer_get_event(line->events, (unsigned long)index);
        edges[index].active = gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE;
        edges[index].nanoseconds = (int64_t)gpiod_edge_event_get_timestamp_ns(event);
    }
    return count;
}

int gpio_line_value(struct gpio_line *line) { return gpiod_line_request_get_value(line->request, line->offset); }

int gpio_line_set(struct gpio_line *line, bool active) {
    return gpiod_line_request_set_value(
        line->request, line->offset, active ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE);
}

#endif

const char *gpio_line_chip(const struct gpio_line *line) { return line->name; }

void gpio_line_release(struct gpio_line *line) {
    if (line->output) gpio_line_set(line, false);
    give_back(line);
    free(line);
}

/// Chips by number; a second name of the same chip (a symbolic link) is left out.
static int is_chip(const struct dirent *entry) { return strncmp(entry->d_name, "gpiochip", 8) == 0 && entry->d_type != DT_LNK; }

/// Opens the chip that the wish names, or the first that has a line of the wished name.
static struct gpiod_chip *open_chip(const struct gpio_wish *wish, struct gpio_failure *failure) {
    if (wish->chip && strchr(wish->chip, '/')) {
        struct gpiod_chip *chip = gpiod_chip_open(wish->chip);
        if (chip) return chip;
        failure->stage = gpio_stage_open_chip;
        failure->code = errno;
        return NULL;
    }
    struct dirent **entries = NULL;
    int count = scandir(wish->directory, &entries, is_chip, versionsort);
    struct gpiod_chip *result = NULL;
    int opened = 0, code = count < 0 ? errno : ENODEV;
    for (int index = 0; index < count; index++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", wish->directory, entries[index]->d_name);
        free(entries[index]);
        if (result) continue;
        struct gpiod_chip *chip = gpiod_chip_open(path);
        if (!chip) {
            code = errno;
            continue;
        }
        opened++;
        bool found = wish->chip ? chip_is_called(chip, wish->chip) : wish->name && find_offset(chip, wish->name) >= 0;
        if (found)
            result = chip;
        else
            gpiod_chip_close(chip);
    }
    free(entries);
    if (!result) {
        failure->stage = opened == 0 ? gpio_stage_no_chips : wish->chip ? gpio_stage_find_chip : gpio_stage_find_line;
        failure->code = opened == 0 ? code : ENOENT;
    }
    return result;
}

struct gpio_line *gpio_line_request(const struct gpio_wish *wish, struct gpio_failure *failure) {
    memset(failure, 0, sizeof *failure);
    struct gpio_line *line = calloc(1, sizeof *line);
    if (!line) {
        failure->stage = gpio_stage_request;
        failure->code = ENOMEM;
        return NULL;
    }
    line->output = wish->output;
    line->chip = open_chip(wish, failure);
    if (!line->chip) {
        free(line);
        return NULL;
    }
    copy_chip_name(line->chip, line->name);
    copy_text(failure->chip, line->name);
    int offset = wish->name ? find_offset(line->chip, wish->name) : (int)wish->offset;
    if (offset < 0 || !has_offset(line->chip, (unsigned int)offset)) {
        failure->stage = gpio_stage_find_line;
        failure->code = ENOENT;
    } else if (request(line, wish, (unsigned int)offset) < 0) {
        failure->stage = gpio_stage_request;
        failure->code = errno;
        if (failure->code == EBUSY) copy_consumer(line->chip, (unsigned int)offset, failure->consumer);
    } else {
        return line;
    }
    give_back(line);
    free(line);
    return NULL;
}
