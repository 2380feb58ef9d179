#include "CLinux.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/syscall.h>

int clinux_tell_destination(int descriptor, int family) {
    int on = 1;
    if (family == AF_INET6) {
        return setsockopt(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
    }
    return setsockopt(descriptor, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
}

ssize_t clinux_receive(int descriptor, void *bytes, size_t capacity, struct clinux_datagram *datagram) {
    struct iovec part = {.iov_base = bytes, .iov_len = capacity};
    union {
        struct cmsghdr alignment;
        char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(struct in_pktinfo))];
    } control;
    struct msghdr message = {
        .msg_name = &datagram->peer,
        .msg_namelen = sizeof datagram->peer,
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    ssize_t count = recvmsg(descriptor, &message, 0);
    if (count < 0) return count;
    datagram->is_truncated = (message.msg_flags & MSG_TRUNC) != 0;
    datagram->local.ss_family = AF_UNSPEC;
    for (struct cmsghdr *item = CMSG_FIRSTHDR(&message); item; item = CMSG_NXTHDR(&message, item)) {
        if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(item), sizeof info);
            struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr = info.ipi_addr};
            memcpy(&datagram->local, &local, sizeof local);
        } else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(item), sizeof info);
            struct sockaddr_in6 local = {
                .sin6_family = AF_INET6, .sin6_addr = info.ipi6_addr, .sin6_scope_id = info.ipi6_ifindex};
            memcpy(&datagram->local, &local, sizeof local);
        }
    }
    return count;
}

ssize_t clinux_send(
    int descriptor, const void *bytes, size_t count, const struct sockaddr *peer, socklen_t peer_length,
    const struct sockaddr *source) {
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
    union {
        struct cmsghdr alignment;
        char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    } control;
    memset(&control, 0, sizeof control);
    struct msghdr message = {
        .msg_name = (void *)peer, .msg_namelen = peer_length, .msg_iov = &part, .msg_iovlen = 1};
    if (source && source->sa_family == AF_INET && peer->sa_family == AF_INET) {
        struct in_pktinfo info = {.ipi_spec_dst = ((const struct sockaddr_in *)source)->sin_addr};
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof info);
        struct cmsghdr *item = CMSG_FIRSTHDR(&message);
        item->cmsg_level = IPPROTO_IP;
        item->cmsg_type = IP_PKTINFO;
        item->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(item), &info, sizeof info);
    } else if (source && source->sa_family == AF_INET6 && peer->sa_family == AF_INET6) {
        const struct sockaddr_in6 *address = (const struct sockaddr_in6 *)source;
        struct in6_pktinfo info = {.ipi6_addr = address->sin6_addr, .ipi6_ifindex = address->sin6_scope_id};
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof info);
        struct cmsghdr *item = CMSG_FIRSTHDR(&message);
        item->cmsg_level = IPPROTO_IPV6;
        item->cmsg_type = IPV6_PKTINFO;
        item->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(item), &info, sizeof info);
    }
    return sendmsg(descriptor, &message, MSG_NOSIGNAL);
}

int clinux_pin_thread(int processor) {
    unsigned long mask[1024 / (8 * sizeof(unsigned long))] = {0};
    const int width = 8 * sizeof mask[0];
    if (processor < 0 || processor >= 1024) {
        errno = EINVAL;
        return -1;
    }
    mask[processor / width] = 1UL << (processor % width);
    return syscall(SYS_sched_setaffinity, 0, sizeof mask, mask) < 0 ? -1 : 0;
}

int clinux_watch_routing(void) {
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (descriptor < 0) return -1;
    struct sockaddr_nl address = {
        .nl_family = AF_NETLINK,
        .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
    };
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) == 0) return descriptor;
    int code = errno;
    close(descriptor);
    errno = code;
    return -1;
}
