// The system's random bytes, the same in each process: `cargo xtask fuzz --fixed` loads this library before the target.
//
// Keys, nonces and the seeds of hash maps come from here, and the coverage of a run depends on them.

#include <cstddef>
#include <sys/types.h>

// xorshift64; the state is the golden ratio, which is as good as any number but zero.
static unsigned long long state = 0x9e3779b97f4a7c15ULL;

extern "C" ssize_t getrandom(void *buffer, size_t length, unsigned) {
  auto *bytes = static_cast<unsigned char *>(buffer);
  for (size_t at = 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    bytes[at] = static_cast<unsigned char>(state >> 32);
  }
  return static_cast<ssize_t>(length);
}
