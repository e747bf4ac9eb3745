# How an API is built: tarn_service(API DEPENDS folders… LIBS third-party…), called in src/services/API.
#
# tools/codegen turns the API's operations.txt into structs and tables under build/<preset>/generated/api/API when CMake
# configures, so that the list of sources is known; it runs again when the list, a patch or the generator changes.
#   tarn_api_<api>       the structs and tables, without handlers
#   tarn_services_<api>  the handlers of the folder, and the table that names them all: an operation that is listed and
#                        has no handler is a link error

file(GLOB TARN_CODEGEN_FILES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/codegen/*.py
                                               ${CMAKE_SOURCE_DIR}/tools/codegen/patches/*.json)
set(TARN_PYTHON ${TARN_DEPS_DIR}/venv/bin/python CACHE FILEPATH "The Python that generates the APIs")
if(NOT EXISTS ${TARN_PYTHON})
  message(FATAL_ERROR "${TARN_PYTHON} is missing: run scripts/setup")
endif()

# tarn_api(API FILE): the library of structs and tables of the operations listed in FILE.
function(tarn_api api list)
  string(REPLACE "-" "_" name ${api})
  set(out ${CMAKE_BINARY_DIR}/generated/api/${api})
  set(stamp ${out}/generated.stamp)
  set(inputs ${list} ${TARN_CODEGEN_FILES})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${inputs})
  set(stale FALSE)
  foreach(input ${inputs})
    if(NOT EXISTS ${stamp} OR ${input} IS_NEWER_THAN ${stamp})
      set(stale TRUE)
    endif()
  endforeach()
  if(stale)
    execute_process(COMMAND ${TARN_PYTHON} ${CMAKE_SOURCE_DIR}/tools/codegen/generate.py ${api} --list ${list} --out ${out}
                    COMMAND_ERROR_IS_FATAL ANY)
  endif()
  file(STRINGS ${stamp} files)
  list(FILTER files INCLUDE REGEX "\\.cpp$")
  list(REMOVE_ITEM files handlers.cpp)
  list(TRANSFORM files PREPEND ${out}/)
  add_library(tarn_api_${name} STATIC ${files})
  target_link_libraries(tarn_api_${name} PUBLIC tarn_aws)
  file(READ ${out}/namespace.txt namespace)
  set_property(GLOBAL APPEND PROPERTY TARN_APIS ${api}=${namespace})
endfunction()

function(tarn_service api)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LIBS;TEST_DEPENDS" ${ARGN})
  string(REPLACE "-" "_" name ${api})
  tarn_api(${api} ${CMAKE_CURRENT_SOURCE_DIR}/operations.txt)
  tarn_folder(services/${api} DEPENDS aws ${ARG_DEPENDS} LIBS tarn_api_${name} ${ARG_LIBS}
              TEST_DEPENDS ${ARG_TEST_DEPENDS})
  get_target_property(type tarn_services_${name} TYPE)
  if(NOT type STREQUAL "INTERFACE_LIBRARY")
    target_sources(tarn_services_${name} PRIVATE ${CMAKE_BINARY_DIR}/generated/api/${api}/handlers.cpp)
    # Handlers are small files that include much: in a release (and with -DTARN_UNITY=ON) many are compiled as one.
    # Helpers of one API's handlers need names of their own, then.
    if(CMAKE_BUILD_TYPE STREQUAL "Release" OR TARN_UNITY)
      set_target_properties(tarn_services_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
    endif()
  endif()
endfunction()
