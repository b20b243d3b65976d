/* The host's clock as a test sets it, for a program that is started with this library loaded first: the real time is what a file says, in
   microseconds since 1970. Clocks that nobody can set run on. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long set_to(void) {
    const char *path = getenv("HOST_CLOCK");
    char text[32] = {0};
    int file = path ? open(path, O_RDONLY) : -1;
    long long micros = -1;
    if (file >= 0) {
        if (read(file, text, sizeof text - 1) > 0) micros = atoll(text);
        close(file);
    }
    return micros;
}

int clock_gettime(clockid_t id, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    long long micros;
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    if (id != CLOCK_REALTIME || (micros = set_to()) < 0) return real(id, at);
    at->tv_sec = micros / 1000000;
    at->tv_nsec = micros % 1000000 * 1000;
    return 0;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
