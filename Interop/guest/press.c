// Presses a button on a simulated line again and again, and is the phone that it calls: how long from the edge to the INVITE?
//
//   press PULL COUNT                 PULL is the line's file in sysfs; each press prints its nanoseconds
//   press PULL COUNT CHIP OFFSET     the same with the least there can be in portierd's place: a process that waits for the
//                                    line's edge and sends a datagram
//
// Both ends are in the guest and read one clock, so that neither the emulated network nor the host counts.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "answer.h"

#define PORT 5070

static int pull;
static int wire;
static struct sockaddr_in peer;
static char message[65536];

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void set(const char *level) {
    if (pwrite(pull, level, strlen(level), 0) < 0) fail("pull");
}

// Waits for a request of that method; what else comes, retransmissions above all, is left aside.
static void receive(const char *method) {
    do {
        socklen_t size = sizeof peer;
        ssize_t count = recvfrom(wire, message, sizeof message - 1, 0, (struct sockaddr *)&peer, &size);
        if (count < 0) fail(method);
        message[count] = 0;
    } while (strncmp(message, method, strlen(method)) != 0);
}

static void refuse(void) {
    static char answer[2 * sizeof message];
    size_t length = respond(answer, message, "486 Busy Here", "");
    if (sendto(wire, answer, length, 0, (struct sockaddr *)&peer, sizeof peer) < 0) fail("send");
}

static const struct sockaddr_in own = {
    .sin_family = AF_INET, .sin_port = __builtin_bswap16(PORT), .sin_addr = {__builtin_bswap32(INADDR_LOOPBACK)}};

// Takes the line, and from then on sends a datagram for each of its rising edges, until it is ended. Returns its process.
static pid_t stand_in(const char *chip, const char *offset) {
    int device = open(chip, O_RDONLY);
    struct gpio_v2_line_request request = {
        .offsets = {(unsigned)atoi(offset)}, .num_lines = 1, .consumer = "press",
        .config = {.flags = GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_RISING}};
    if (device < 0 || ioctl(device, GPIO_V2_GET_LINE_IOCTL, &request) < 0) fail(chip);
    pid_t child = fork();
    if (child != 0) return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(wire);
    int sender = socket(AF_INET, SOCK_DGRAM, 0);
    struct gpio_v2_line_event event;
    while (read(request.fd, &event, sizeof event) == sizeof event)
        sendto(sender, "INVITE ", 7, 0, (const struct sockaddr *)&own, sizeof own);
    _exit(1);
}

int main(int count, char **arguments) {
    if (count != 3 && count != 5) return 2;
    pull = open(arguments[1], O_WRONLY);
    if (pull < 0) fail(arguments[1]);
    wire = socket(AF_INET, SOCK_DGRAM, 0);
    if (wire < 0 || bind(wire, (const struct sockaddr *)&own, sizeof own) < 0) fail("socket");
    struct timeval patience = {.tv_sec = 10};
    setsockopt(wire, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    pid_t child = count == 5 ? stand_in(arguments[3], arguments[4]) : 0;
    for (int presses = atoi(arguments[2]); presses > 0; presses--) {
        long long start = now();
        set("pull-up");
        receive("INVITE ");
        printf("%lld\n", now() - start);
        fflush(stdout);
        if (count == 3) {
            refuse();
            receive("ACK ");
        }
        set("pull-down");
        // The finger is off the button for as long as people's are, each time a little longer, so that no timer's beat is met.
        usleep(60000 + (unsigned)presses * 777);
    }
    if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
}
