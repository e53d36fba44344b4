#include <cxxabi.h>

#include <cstddef>

// Emscripten's exception helpers would name an exception's type as C++ source does; the demangler alone is 20 kB
// gzipped. Without it they give the mangled name, of which web/core/wasm.ts knows one.
extern "C" char* __cxxabiv1::__cxa_demangle(const char*, char*, std::size_t*, int* status) {
  *status = -2;  // not a mangled name
  return nullptr;
}
