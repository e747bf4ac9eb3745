// A job's folder: what its program finds under /opt/ml when it starts.
#pragma once

#include <filesystem>

#include "training/job.h"

namespace tarn::training {

// "algo-1" for the first.
std::string host_name(std::size_t index);

// Makes the folders of one of the job's hosts and writes the files of /opt/ml/input/config.
void make_job_folder(const std::filesystem::path& opt_ml, const Job& job, std::size_t host = 0);

// What the program left in /opt/ml/output/failure: at most 1,024 characters, empty if nothing.
std::string failure_file(const std::filesystem::path& opt_ml);

}  // namespace tarn::training
