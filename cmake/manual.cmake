# The manual page and the completion for bash, which moot itself writes from its tables, and where they belong.

set(manual_page ${CMAKE_BINARY_DIR}/moot.1.gz) # compressed, as Debian wants it
set(bash_completion ${CMAKE_BINARY_DIR}/moot.bash)
add_custom_command(OUTPUT ${manual_page} ${bash_completion}
    COMMAND moot manual | gzip -9n > ${manual_page}
    COMMAND moot manual bash > ${bash_completion}
    DEPENDS moot VERBATIM)
add_custom_target(manual ALL DEPENDS ${manual_page} ${bash_completion})
install(FILES ${manual_page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT command)
install(FILES ${bash_completion} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
    RENAME moot COMPONENT command)
