// A SIP response to a request, by whoever needs no more than that.
#include <stdio.h>
#include <string.h>
#include <strings.h>

static int starts(const char *line, const char *name) { return strncasecmp(line, name, strlen(name)) == 0; }

// Writes into `answer`, which is twice as large as the request `message`, and returns the length. `more` is put after the status line.
static size_t respond(char *answer, const char *message, const char *status, const char *more) {
    size_t length = (size_t)sprintf(answer, "SIP/2.0 %s\r\n%s", status, more);
    for (const char *line = strstr(message, "\r\n"); line && !starts(line, "\r\n\r\n"); line = strstr(line + 2, "\r\n")) {
        const char *field = line + 2, *end = strstr(field, "\r\n");
        if (!end) break;
        const char *tag = starts(field, "To:") ? ";tag=answer\r\n" : "\r\n";
        if (starts(field, "Via:") || starts(field, "From:") || starts(field, "To:") || starts(field, "Call-ID:")
            || starts(field, "CSeq:") || (starts(field, "Contact:") && starts(message, "REGISTER ")))
            length += (size_t)sprintf(answer + length, "%.*s%s", (int)(end - field), field, tag);
    }
    return length + (size_t)sprintf(answer + length, "Content-Length: 0\r\n\r\n");
}
