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
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME moot)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION science)
set(CPACK_COMPONENT_COMMAND_DESCRIPTION
    "Several parties hold private data and want one result. A short program says who
gives what and who learns what; moot compiles it and runs it among the parties,
so that nobody learns anything but the results that the program declares.")

set(library libmoot${PROJECT_VERSION_MAJOR})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME ${library})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
# What dpkg-shlibdeps writes into packages of programs that are linked with it.
file(WRITE ${CMAKE_BINARY_DIR}/debian/shlibs "libmoot ${PROJECT_VERSION_MAJOR} ${library} (>= ${PROJECT_VERSION})\n")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${CMAKE_BINARY_DIR}/debian/shlibs)
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "moot as a library for other programs.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libmoot-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "${library} (= ${PROJECT_VERSION}), libzmq3-dev, libcjson-dev, libgmp-dev, libssl-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
    "Header, static library, and what pkg-config and CMake need to build with moot.")

# What every package has of its own: the licence, the changelog.
set(changelog ${CMAKE_BINARY_DIR}/changelog.gz)
add_custom_command(OUTPUT ${changelog} COMMAND gzip -9nc ${CMAKE_SOURCE_DIR}/CHANGELOG.md > ${changelog}
    DEPENDS ${CMAKE_SOURCE_DIR}/CHANGELOG.md VERBATIM)
add_custom_target(changelog ALL DEPENDS ${changelog})
foreach(component COMMAND LIBRARY DEVELOPMENT)
    string(TOLOWER ${component} name)
    set(doc ${CMAKE_INSTALL_DATAROOTDIR}/doc/${CPACK_DEBIAN_${component}_PACKAGE_NAME})
    install(FILES LICENSE DESTINATION ${doc} RENAME copyright COMPONENT ${name})
    install(FILES ${changelog} DESTINATION ${doc} COMPONENT ${name})
endforeach()
install(DIRECTORY docs/embedding DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/libmoot-dev/examples
    COMPONENT development)

include(CPack)
