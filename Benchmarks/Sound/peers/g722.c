// Decodes G.722 at 64 kbit/s, as Debian's speech has it, to a WAV of 16 kHz.
//
//   g722 OUT.wav PAUSE PROMPT.g722...
//
// One prompt after the other, with PAUSE ms of silence after each.
#include <spandsp.h>

#include "wav.h"

int main(int argc, char **argv) {
    if (argc < 4) wav_fail("g722", "wants OUT.wav PAUSE PROMPT.g722...");
    size_t pause = (size_t)atoi(argv[2]) * 16, capacity = 0;
    wav out = {16000, 0, NULL};
    for (int i = 3; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file) wav_fail(argv[i], "cannot be read");
        fseek(file, 0, SEEK_END);
        size_t bytes = (size_t)ftell(file);
        rewind(file);
        unsigned char *coded = malloc(bytes + 1);
        if (fread(coded, 1, bytes, file) != bytes) wav_fail(argv[i], "cannot be read");
        fclose(file);
        capacity += bytes * 2 + pause;
        out.samples = realloc(out.samples, capacity * 2);
        g722_decode_state_t *decoder = g722_decode_init(NULL, 64000, 0);
        out.count += (size_t)g722_decode(decoder, out.samples + out.count, coded, (int)bytes);
        g722_decode_free(decoder);
        memset(out.samples + out.count, 0, pause * 2);
        out.count += pause;
        free(coded);
    }
    wav_write(argv[1], out);
    return 0;
}
