// A certificate for trying out: localhost's, ten years long, trusted by whoever is told to.
#pragma once

#include <string>

namespace tarn::http {

// PEM.
struct SelfMade {
  std::string certificate;
  std::string key;
};
SelfMade make_certificate();

}  // namespace tarn::http
