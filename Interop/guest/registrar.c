// A registrar that takes everybody, for 600 s.
//
//   registrar PORT      on the loopback network, by UDP
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "answer.h"

int main(int count, char **arguments) {
    static char message[65536], answer[2 * sizeof message];
    if (count != 2) return 2;
    int wire = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in own = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[1])), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (wire < 0 || bind(wire, (const struct sockaddr *)&own, sizeof own) < 0) {
        perror("registrar");
        return 1;
    }
    while (1) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        ssize_t length = recvfrom(wire, message, sizeof message - 1, 0, (struct sockaddr *)&peer, &size);
        if (length < 0) continue;
        message[length] = 0;
        if (!starts(message, "REGISTER ")) continue;
        length = (ssize_t)respond(answer, message, "200 OK", "Expires: 600\r\n");
        sendto(wire, answer, (size_t)length, 0, (const struct sockaddr *)&peer, size);
    }
}
