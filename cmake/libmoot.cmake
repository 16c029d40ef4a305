# libmoot, static and shared, with nothing but moot_* to be seen, and what others need to find it.
# Targets here: libmoot_static, libmoot_shared; installed: moot::moot_static, moot::moot.

include(CMakePackageConfigHelpers)

set(objects)
foreach(part ${parts})
    list(APPEND objects $<TARGET_OBJECTS:${part}>)
endforeach()

add_library(libmoot_shared SHARED ${objects})
set_target_properties(libmoot_shared PROPERTIES
    OUTPUT_NAME moot EXPORT_NAME moot VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
    LINKER_LANGUAGE C LINK_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/libmoot.map)
target_link_libraries(libmoot_shared PRIVATE PkgConfig::ZMQ PkgConfig::CRYPTO PkgConfig::CJSON
    PkgConfig::GMP Threads::Threads m)
target_link_options(libmoot_shared PRIVATE -Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/libmoot.map)

# An archive hides nothing between its members. So all objects are joined into one, and in that one every
# symbol but moot_* is made local.
set(joined ${CMAKE_BINARY_DIR}/libmoot.o)
add_custom_command(OUTPUT ${joined}
    COMMAND ${CMAKE_LINKER} -r -o ${joined} ${objects}
    COMMAND ${CMAKE_OBJCOPY} --wildcard --keep-global-symbol=moot_* ${joined}
    DEPENDS ${parts} ${objects}
    COMMAND_EXPAND_LISTS VERBATIM)
add_library(libmoot_static STATIC ${joined})
set_source_files_properties(${joined} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
set_target_properties(libmoot_static PROPERTIES
    OUTPUT_NAME moot EXPORT_NAME moot_static LINKER_LANGUAGE C)
target_link_libraries(libmoot_static INTERFACE zmq crypto cjson gmp m Threads::Threads)

foreach(library libmoot_static libmoot_shared)
    target_include_directories(${library} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/moot)
install(TARGETS libmoot_static libmoot_shared EXPORT moot
    LIBRARY COMPONENT library NAMELINK_COMPONENT development ARCHIVE COMPONENT development)
install(FILES runtime/moot.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(EXPORT moot NAMESPACE moot:: FILE MootTargets.cmake DESTINATION ${package_folder} COMPONENT development)
configure_file(cmake/MootConfig.cmake.in MootConfig.cmake @ONLY)
write_basic_package_version_file(MootConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_BINARY_DIR}/MootConfig.cmake ${CMAKE_BINARY_DIR}/MootConfigVersion.cmake
    DESTINATION ${package_folder} COMPONENT development)
# The prefix is found from where the file stands, so that `cmake --install --prefix` may choose another.
file(RELATIVE_PATH prefix_from_pkgconfig "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" /prefix)
configure_file(cmake/moot.pc.in moot.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/moot.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
