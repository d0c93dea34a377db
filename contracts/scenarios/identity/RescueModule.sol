// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// An account of somebody, with modules that may act for it.
contract PlainAccount {
    address public owner;
    mapping(address => bool) public modules;

    event Executed(address indexed target, uint256 value, bytes4 selector);

    constructor(address owner_, address module) payable {
        owner = owner_;
        modules[module] = true;
    }

    function execute(address target, uint256 value, bytes calldata data) external {
        require(msg.sender == owner, "not the owner");
        run(target, value, data);
    }

    function fromModule(address target, uint256 value, bytes calldata data) external {
        require(modules[msg.sender], "not a module");
        run(target, value, data);
    }

    function setOwner(address next) external {
        require(msg.sender == address(this), "not itself");
        owner = next;
    }

    function run(address target, uint256 value, bytes calldata data) private {
        (bool ok,) = target.call{value: value}(data);
        require(ok, "failed");
        emit Executed(target, value, bytes4(data));
    }

    receive() external payable {}
}

/// Guardians give an account another owner. How many of them it takes, an account says itself; until it has, none.
contract RescueModule {
    mapping(address => uint256) public quorum;
    mapping(address => mapping(address => bool)) public guards;
    mapping(address => mapping(address => uint256)) public voices;
    mapping(bytes32 => bool) private spoke;

    function configure(address[] calldata guardians, uint256 quorum_) external {
        quorum[msg.sender] = quorum_;
        for (uint256 i = 0; i < guardians.length; i++) guards[msg.sender][guardians[i]] = true;
    }

    function support(address account, address next) external {
        require(guards[account][msg.sender], "not a guardian");
        bytes32 voice = keccak256(abi.encode(account, next, msg.sender));
        require(!spoke[voice], "spoke");
        spoke[voice] = true;
        voices[account][next]++;
    }

    function finish(PlainAccount account, address next) external {
        require(voices[address(account)][next] >= quorum[address(account)], "too few");
        account.fromModule(address(account), 0, abi.encodeCall(PlainAccount.setOwner, (next)));
    }
}

/// A service that guards accounts. Its clerk has several people's new keys put in at once.
contract RescueDesk {
    address public immutable clerk = msg.sender;

    function rescue(RescueModule module, PlainAccount[] calldata accounts, address[] calldata next) external {
        require(msg.sender == clerk, "not the clerk");
        for (uint256 i = 0; i < accounts.length; i++) {
            module.support(address(accounts[i]), next[i]);
            module.finish(accounts[i], next[i]);
        }
    }
}

/// Finds accounts that were never configured.
contract RescueThief {
    function run(RescueModule module, PlainAccount[] calldata accounts, Token token, address payee) external {
        for (uint256 i = 0; i < accounts.length; i++) {
            module.finish(accounts[i], address(this));
            uint256 held = token.balanceOf(address(accounts[i]));
            accounts[i].execute(address(token), 0, abi.encodeCall(Token.transfer, (payee, held)));
            accounts[i].execute(payee, address(accounts[i]).balance, "");
        }
    }
}
