// What Glibc's Swift module leaves out of Linux: epoll, eventfd, timerfd, signalfd, inotify, recvmmsg and friends.
//
// Swift reads Glibc's headers without _GNU_SOURCE, and one program may see them only one way ("different definitions in
// different modules"); so this header does the same, and declares by hand the few GNU extensions that the daemon needs.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

// The kinds and flags of sockets as plain numbers: glibc's are an enumeration in a header that no Clang module owns, and which
// module brings it to Swift has been seen to change with the order of a build.
static const int clinux_stream_socket = SOCK_STREAM;
static const int clinux_datagram_socket = SOCK_DGRAM;
static const int clinux_nonblocking = SOCK_NONBLOCK;
static const int clinux_close_on_exec = SOCK_CLOEXEC;
// IFF_UP and IFF_LOOPBACK of netdevice(7), of which glibc makes an enumeration too.
static const unsigned int clinux_interface_up = 0x1;
static const unsigned int clinux_interface_loopback = 0x8;
// A peer that is gone is an error of the call and no signal.
static const int clinux_no_signal = MSG_NOSIGNAL;
static const int clinux_tcp_user_timeout = TCP_USER_TIMEOUT;

#ifndef __USE_GNU

struct mmsghdr {
    struct msghdr msg_hdr;
    unsigned int msg_len;
};

struct ucred {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};

struct in6_pktinfo {
    struct in6_addr ipi6_addr;
    unsigned int ipi6_ifindex;
};

#define SCHED_RESET_ON_FORK 0x40000000

int recvmmsg(int descriptor, struct mmsghdr *messages, unsigned int count, int flags, struct timespec *timeout);
int sendmmsg(int descriptor, struct mmsghdr *messages, unsigned int count, int flags);
int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
int pipe2(int descriptors[2], int flags);
int pthread_setname_np(pthread_t thread, const char *name);
int pthread_getname_np(pthread_t thread, char *name, size_t capacity);
const char *strerrordesc_np(int code);
const char *strerrorname_np(int code);

#endif

// Datagrams with the local address they came to or shall leave from: ancillary data is made of C macros.

struct clinux_datagram {
    struct sockaddr_storage peer;
    // The local address without a port; ss_family is AF_UNSPEC when the kernel did not say.
    struct sockaddr_storage local;
    int is_truncated;
};

// Asks the kernel to tell each datagram's destination; 0, or -1 with errno.
int clinux_tell_destination(int descriptor, int family);
// As recvmsg: the bytes, or -1 with errno.
ssize_t clinux_receive(int descriptor, void *bytes, size_t capacity, struct clinux_datagram *datagram);
// As sendmsg; `source` may be null, else it is of the peer's family.
ssize_t clinux_send(
    int descriptor, const void *bytes, size_t count, const struct sockaddr *peer, socklen_t peer_length,
    const struct sockaddr *source);

// A descriptor that is readable whenever an address, a link or a route changes (rtnetlink(7)); -1 with errno.
int clinux_watch_routing(void);

// Keeps the calling thread on one processor; 0, or -1 with errno.
int clinux_pin_thread(int processor);
