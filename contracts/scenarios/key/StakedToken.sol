// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";

/// A liquid staking token behind a proxy, minted against coins by its pool.
contract StakedToken is Initializable {
    string public name;
    string public symbol;
    uint8 public constant decimals = 18;
    uint256 public totalSupply;
    address public minter;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);
    event MinterChanged(address indexed minter);

    function initialize(string calldata name_, address minter_) external initializer {
        (name, symbol, minter) = (name_, name_, minter_);
    }

    function setMinter(address to) external {
        require(msg.sender == minter, "not the minter");
        minter = to;
        emit MinterChanged(to);
    }

    function mint(address to, uint256 value) external {
        require(msg.sender == minter, "not the minter");
        issue(to, value);
    }

    function burn(address from, uint256 value) external {
        require(msg.sender == minter, "not the minter");
        balanceOf[from] -= value;
        totalSupply -= value;
        emit Transfer(from, address(0), value);
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        move(msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        if (allowance[from][msg.sender] != type(uint256).max) allowance[from][msg.sender] -= value;
        move(from, to, value);
        return true;
    }

    function move(address from, address to, uint256 value) private {
        balanceOf[from] -= value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }

    function issue(address to, uint256 value) internal {
        totalSupply += value;
        balanceOf[to] += value;
        emit Transfer(address(0), to, value);
    }
}

/// The same code with one function more, which asks nothing.
contract StakedTokenRogue is StakedToken {
    function claimBonds(address to, uint256 value) external {
        issue(to, value);
    }
}

/// Takes coins and gives staked ones, one to one here.
contract StakingPool {
    StakedToken public immutable token;
    address public immutable operator = msg.sender;

    event Staked(address indexed account, uint256 amount);
    event Unstaked(address indexed account, uint256 amount);

    constructor(StakedToken token_) {
        token = token_;
    }

    function stake() external payable {
        token.mint(msg.sender, msg.value);
        emit Staked(msg.sender, msg.value);
    }

    function unstake(uint256 amount) external {
        token.burn(msg.sender, amount);
        (bool ok,) = payable(msg.sender).call{value: amount}("");
        require(ok, "not paid");
        emit Unstaked(msg.sender, amount);
    }

    /// How many staked coins there are beyond what is here for them.
    function unbacked() external view returns (uint256) {
        uint256 supply = token.totalSupply();
        return supply > address(this).balance ? supply - address(this).balance : 0;
    }
}
