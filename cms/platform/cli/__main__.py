from cms.platform.cli import main

main()
