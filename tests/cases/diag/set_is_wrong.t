create ip hash:ip
create ip hash:net
create a hash:foo
create b bitmap:ip
create c hash:ip family inet5
create d hash:ip colour red
create e hash:net netmask 24
create a_name_that_is_longer_than_31_bytes hash:ip
add nothing 10.0.0.1
add ip 10.0.0.256
add ip 10.0.0.1 timeout 5
add ip 10.0.0.1 nomatch
add ip 10.0.0.1,80
create p hash:ip,port
add p 10.0.0.1
add p 10.0.0.1,tcp:65536
add p 10.0.0.1,foo:1
add p 10.0.0.1,gre:7
become ip 10.0.0.1
----
rules:2:8: error: there is a set 'ip' already [ipset]
  create ip hash:net
         ^~
rules:3:10: error: 'hash:foo' is no type of ipset [ipset]
  create a hash:foo
           ^~~~~~~~
rules:4:8: error: a set of the type bitmap:ip has a range [ipset]
  create b bitmap:ip
         ^
rules:5:25: error: 'inet5' is no family: inet or inet6 [ipset]
  create c hash:ip family inet5
                          ^~~~~
rules:6:18: error: 'colour' is no option of sets of the type hash:ip [ipset]
  create d hash:ip colour red
                   ^~~~~~
rules:7:27: error: sets of the type hash:net have no netmask [ipset]
  create e hash:net netmask 24
                            ^~
rules:8:8: error: a set's name has 1 to 31 bytes [ipset]
  create a_name_that_is_longer_than_31_bytes hash:ip
         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
rules:9:5: error: there is no set 'nothing' [ipset]
  add nothing 10.0.0.1
      ^~~~~~~
rules:10:8: error: '10.0.0.256' is no address of IPv4 [ipset]
  add ip 10.0.0.256
         ^~~~~~~~~~
rules:11:17: error: the set 'ip' was created without timeout [ipset]
  add ip 10.0.0.1 timeout 5
                  ^~~~~~~
rules:12:17: error: 'nomatch' is said of no member of a set of the type hash:ip [ipset]
  add ip 10.0.0.1 nomatch
                  ^~~~~~~
rules:13:8: error: a member of 'ip' has no more than 1 parts [ipset]
  add ip 10.0.0.1,80
         ^~~~~~~~~~~
rules:15:7: error: a member of 'p' has 2 parts, with commas between [ipset]
  add p 10.0.0.1
        ^~~~~~~~
rules:16:7: error: '65536' is no port of its protocol [ipset]
  add p 10.0.0.1,tcp:65536
        ^~~~~~~~~~~~~~~~~~
rules:17:7: error: 'foo:1' begins with no protocol [ipset]
  add p 10.0.0.1,foo:1
        ^~~~~~~~~~~~~~
rules:18:7: error: '7' is no port of its protocol [ipset]
  add p 10.0.0.1,gre:7
        ^~~~~~~~~~~~~~
rules:19:1: error: 'become' is no command of ipset [ipset]
  become ip 10.0.0.1
  ^~~~~~
