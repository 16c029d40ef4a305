# Debian packages by CPack: `cpack --config build/CPackConfig.cmake` makes moot, libmoot0 and libmoot-dev. Each is a
# component of the install rules: command, library, development.

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME moot)
set(CPACK_PACKAGE_VENDOR "the moot authors")
set(CPACK_PACKAGE_CONTACT "the moot authors <moot@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "computing on secrets that several parties hold")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL command library development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON) # what else is needed follows from the programs
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")

set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME moot)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION science)
set(CPACK_COMPONENT_COMMAND_DESCRIPTION
    "Several parties hold private data and want one result. A short program says who
gives what and who learns what; moot compiles it and runs it among the parties,
so that nobody learns anything but the results that the program declares.")

set(library libmoot${PROJECT_VERSION_MAJOR})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME ${library})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "moot as a library for other programs.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libmoot-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "${library} (= ${PROJECT_VERSION}), libzmq3-dev, libcjson-dev, libgmp-dev, libssl-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
    "Header, static library, and what pkg-config and CMake need to build with moot.")

include(CPack)
