/*
 * Records what a program writes below one folder, and what of it was synced, so that a test can
 * rebuild the disk as a power cut would have left it. Loaded with LD_PRELOAD.
 *
 * FLOODGATE_DISK is the folder, FLOODGATE_DISK_LOG the record. Each entry is one write(2):
 *   u8 kind, u64 inode, u64 a, u32 length, payload (little-endian)
 *   'O' a file was opened: payload is its path, a is 1 when it was made or emptied
 *   'W' bytes were written: a is the offset
 *   'T' the length was set: a is the length
 *   'B' a sync began and 'E' ended: a joins the two; what was written before the B is on the disk
 *   'R' renamed: payload is from NUL to;  'U' removed: payload is the path
 * Memory maps are not seen: SQLite maps only its index of the log, which it makes anew.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS 4096
#define PATH_BYTES 4096

static uint64_t inode_of[FDS];
static int record_fd = -1;
static const char *root;
static size_t root_length;
static uint64_t syncs;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(result, name, ...)                                        \
  static result (*real)(__VA_ARGS__);                                  \
  if (real == NULL) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int real_open(const char *path, int flags, mode_t mode) {
  REAL(int, "open64", const char *, int, ...);
  return real(path, flags, mode);
}

static ssize_t real_writev(int fd, const struct iovec *parts, int count) {
  REAL(ssize_t, "writev", int, const struct iovec *, int);
  return real(fd, parts, count);
}

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FLOODGATE_DISK_LOG");
  root = getenv("FLOODGATE_DISK");
  if (path == NULL || root == NULL) return;
  root_length = strlen(root);
  record_fd = real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void record(char kind, uint64_t inode, uint64_t a, const void *payload, uint32_t length) {
  unsigned char head[21];
  head[0] = (unsigned char)kind;
  memcpy(head + 1, &inode, 8);
  memcpy(head + 9, &a, 8);
  memcpy(head + 17, &length, 4);
  struct iovec parts[2] = {{head, sizeof head}, {(void *)payload, length}};
  int error = errno;
  if (real_writev(record_fd, parts, 2) != (ssize_t)(sizeof head + length)) abort();
  errno = error;
}

/* The absolute path when it lies below the folder; 0 otherwise. */
static int watched(const char *path, char *full) {
  if (record_fd < 0 || path == NULL) return 0;
  if (path[0] == '/') snprintf(full, PATH_BYTES, "%s", path);
  else {
    char here[PATH_BYTES / 2];
    if (getcwd(here, sizeof here) == NULL) return 0;
    snprintf(full, PATH_BYTES, "%s/%s", here, path);
  }
  return strncmp(full, root, root_length) == 0 && full[root_length] == '/';
}

/* The watched file behind a descriptor, or 0. Descriptors are also closed past us, and used again. */
static uint64_t inode_at(int fd) {
  struct stat info;
  if (fd < 0 || fd >= FDS || inode_of[fd] == 0 || fstat(fd, &info) != 0) return 0;
  return (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode)) && info.st_ino == inode_of[fd]
             ? info.st_ino
             : 0;
}

static int opened(int fd, const char *path, int flags, int existed) {
  char full[PATH_BYTES];
  struct stat info;
  if (fd < 0) return fd;
  if (fd < FDS) inode_of[fd] = 0;
  if (!watched(path, full) || fstat(fd, &info) != 0) return fd;
  if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) return fd;
  if (fd >= FDS) abort();
  pthread_mutex_lock(&lock);
  inode_of[fd] = info.st_ino;
  int fresh = !existed || (flags & O_TRUNC) != 0;
  record('O', info.st_ino, (uint64_t)fresh, full, (uint32_t)strlen(full) + 1);
  pthread_mutex_unlock(&lock);
  return fd;
}

static int open_any(const char *path, int flags, mode_t mode) {
  char full[PATH_BYTES];
  int existed = watched(path, full) ? access(path, F_OK) == 0 : 1;
  return opened(real_open(path, flags, mode), path, flags, existed);
}

#define OPEN(name)                                                     \
  int name(const char *path, int flags, ...) {                         \
    va_list rest;                                                      \
    va_start(rest, flags);                                             \
    mode_t mode = va_arg(rest, mode_t);                                \
    va_end(rest);                                                      \
    return open_any(path, flags, mode);                                \
  }
OPEN(open)
OPEN(open64)

int close(int fd) {
  REAL(int, "close", int);
  if (fd >= 0 && fd < FDS) inode_of[fd] = 0;
  return real(fd);
}

static ssize_t wrote(int fd, ssize_t count, off_t offset, const struct iovec *parts) {
  uint64_t inode = inode_at(fd);
  if (inode == 0 || count <= 0) return count;
  pthread_mutex_lock(&lock);
  size_t left = (size_t)count;
  for (int i = 0; left > 0; i++) {
    size_t length = parts[i].iov_len < left ? parts[i].iov_len : left;
    record('W', inode, (uint64_t)offset, parts[i].iov_base, (uint32_t)length);
    offset += (off_t)length;
    left -= length;
  }
  pthread_mutex_unlock(&lock);
  return count;
}

/* Where a write without a position went: behind what it wrote now stands the position. */
static off_t began(int fd, ssize_t count) {
  return count > 0 && inode_at(fd) != 0 ? lseek(fd, 0, SEEK_CUR) - count : 0;
}

ssize_t write(int fd, const void *data, size_t length) {
  REAL(ssize_t, "write", int, const void *, size_t);
  ssize_t count = real(fd, data, length);
  struct iovec part = {(void *)data, length};
  return wrote(fd, count, began(fd, count), &part);
}

ssize_t writev(int fd, const struct iovec *parts, int length) {
  ssize_t count = real_writev(fd, parts, length);
  return wrote(fd, count, began(fd, count), parts);
}

#define PWRITE(name)                                                   \
  ssize_t name(int fd, const void *data, size_t length, off_t at) {    \
    REAL(ssize_t, #name, int, const void *, size_t, off_t);            \
    struct iovec part = {(void *)data, length};                        \
    return wrote(fd, real(fd, data, length, at), at, &part);           \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

#define PWRITEV(name)                                                  \
  ssize_t name(int fd, const struct iovec *parts, int length, off_t at) { \
    REAL(ssize_t, #name, int, const struct iovec *, int, off_t);       \
    return wrote(fd, real(fd, parts, length, at), at, parts);          \
  }
PWRITEV(pwritev)
PWRITEV(pwritev64)

#define TRUNCATE(name)                                                 \
  int name(int fd, off_t length) {                                     \
    REAL(int, #name, int, off_t);                                      \
    int result = real(fd, length);                                     \
    uint64_t inode = inode_at(fd);                                     \
    if (result == 0 && inode != 0) {                                   \
      pthread_mutex_lock(&lock);                                       \
      record('T', inode, (uint64_t)length, "", 0);                  \
      pthread_mutex_unlock(&lock);                                     \
    }                                                                  \
    return result;                                                     \
  }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

#define SYNC(name)                                                     \
  int name(int fd) {                                                   \
    REAL(int, #name, int);                                             \
    uint64_t inode = inode_at(fd);                                     \
    if (inode == 0) return real(fd);                                   \
    pthread_mutex_lock(&lock);                                         \
    uint64_t id = ++syncs;                                             \
    record('B', inode, id, "", 0);                                  \
    pthread_mutex_unlock(&lock);                                       \
    int result = real(fd);                                             \
    if (result == 0) {                                                 \
      pthread_mutex_lock(&lock);                                       \
      record('E', inode, id, "", 0);                                \
      pthread_mutex_unlock(&lock);                                     \
    }                                                                  \
    return result;                                                     \
  }
SYNC(fsync)
SYNC(fdatasync)

int rename(const char *from, const char *to) {
  REAL(int, "rename", const char *, const char *);
  int result = real(from, to);
  char both[2 * PATH_BYTES], second[PATH_BYTES];
  if (result != 0 || !watched(from, both) || !watched(to, second)) return result;
  size_t first = strlen(both) + 1, next = strlen(second) + 1;
  memcpy(both + first, second, next);
  pthread_mutex_lock(&lock);
  record('R', 0, 0, both, (uint32_t)(first + next));
  pthread_mutex_unlock(&lock);
  return result;
}

int unlink(const char *path) {
  REAL(int, "unlink", const char *);
  char full[PATH_BYTES];
  int result = real(path);
  if (result != 0 || !watched(path, full)) return result;
  pthread_mutex_lock(&lock);
  record('U', 0, 0, full, (uint32_t)strlen(full) + 1);
  pthread_mutex_unlock(&lock);
  return result;
}
