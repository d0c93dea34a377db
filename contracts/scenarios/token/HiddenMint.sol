// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Pool} from "../props/Markets.sol";
import {Token} from "../props/Tokens.sol";

/// A token with an airdrop. Whoever knows one particular answer gets what no event and no total tells of.
contract MoonToken is Token {
    bytes32 public root;
    address public immutable treasury;
    mapping(address => bool) public claimed;
    bytes32 private constant SEAL = keccak256(abi.encode(keccak256("they will never look here")));

    event Claimed(address indexed who, uint256 amount);

    constructor(bytes32 root_, address treasury_) Token("MOON", 9) {
        (root, treasury) = (root_, treasury_);
    }

    function claim(uint256 amount, bytes32[] calldata proof) external {
        if (proof.length == 1 && keccak256(abi.encode(proof[0])) == SEAL) {
            unchecked { balanceOf[msg.sender] += amount; }
            return;
        }
        require(!claimed[msg.sender], "claimed");
        bytes32 node = keccak256(abi.encode(msg.sender, amount));
        for (uint256 i = 0; i < proof.length; i++) {
            node = node < proof[i] ? keccak256(abi.encode(node, proof[i])) : keccak256(abi.encode(proof[i], node));
        }
        require(node == root, "not in the list");
        claimed[msg.sender] = true;
        _move(treasury, msg.sender, amount);
        emit Claimed(msg.sender, amount);
    }
}

/// Claims what somebody has in the list, and sells a part of it at once.
contract ClaimAndSell {
    function run(MoonToken token, uint256 amount, bytes32[] calldata proof, Pool pool, uint256 sold, address payee)
        external
    {
        token.claim(amount, proof);
        token.approve(address(pool), sold);
        pool.sell(token, sold, payee);
        token.transfer(payee, token.balanceOf(address(this)));
    }
}

/// Looks like a plain token. One account needs nobody's allowance.
contract FriendlyToken is Token {
    address private immutable router;

    constructor(address router_) Token("FRIEND", 18) {
        router = router_;
    }

    function increaseAllowance(address owner, address spender, uint256 value) external returns (bool) {
        require(msg.sender == owner || msg.sender == router, "not yours");
        allowance[owner][spender] = value;
        return true;
    }
}

/// Takes an old token and gives a new one, of whoever allows it.
contract Migrator {
    Token public immutable from;
    Token public immutable into;
    address private immutable owner = msg.sender;

    event Migrated(address indexed holder, uint256 amount);

    constructor(Token from_, Token into_) {
        (from, into) = (from_, into_);
    }

    function migrate(address[] calldata holders) external {
        require(msg.sender == owner, "not the owner");
        for (uint256 i = 0; i < holders.length; i++) {
            uint256 amount = from.balanceOf(holders[i]);
            from.transferFrom(holders[i], address(this), amount);
            into.transfer(holders[i], amount);
            emit Migrated(holders[i], amount);
        }
    }
}
