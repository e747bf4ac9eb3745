#include "training/algorithms/container.h"

int main(int argc, char** argv) {
  return tarn::algorithms::algorithm_main(std::vector<std::string>(argv + 1, argv + argc));
}
